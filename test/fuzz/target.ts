import { BootError } from "../../src/errors.ts";

/** A parser of what others say, as the fuzzer knows it. */
export interface FuzzTarget {
  /** Parses it; throws for what a parser must not do, whatever it is given. */
  run: (data: Buffer) => void;
  /** What it is given in earnest. */
  seeds: readonly (string | Buffer)[];
  /** What makes a difference to it. */
  words: readonly string[];
}

/** Runs a parser that may refuse what it is given, by an error of the program's own; gives what it made of it otherwise. */
export function mayRefuse<T>(parse: () => T): T | null {
  try {
    return parse();
  } catch (error) {
    if (error instanceof BootError) return null;
    throw error;
  }
}

/** Throws unless something holds that must hold of everything that is parsed. */
export function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(`it does not hold that ${what}`);
}
