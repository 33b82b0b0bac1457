import type { Family } from "../../contract.ts";
import type { Condition, Deed, Place, Sight, Step } from "./scenario.ts";

/** A step of some deeds. */
export function step(says: string, deeds: readonly Deed[], more: Pick<Step, "until" | "isBeginning"> = {}): Step {
  return { says, deeds, ...more };
}

/** A command whose words are separated by spaces. */
export function run(at: Place, words: string, input?: string): Deed {
  return { kind: "run", at, argv: words.split(" "), ...(input !== undefined && { input }) };
}

/** A command line of the shell, where several are one deed. */
export function shell(at: Place, line: string): Deed {
  return { kind: "run", at, argv: ["sh", "-c", line] };
}

/** Something that may not be there any more. */
export function tried(at: Place, words: string): Deed {
  return { kind: "run", at, argv: words.split(" "), mayFail: true };
}

export function pulled(nic: string): Deed {
  return { kind: "cable", nic, is: "out" };
}

export function pluggedIn(nic: string): Deed {
  return { kind: "cable", nic, is: "in" };
}

export function pass(ms: number): Deed {
  return { kind: "pass", ms };
}

/** An nftables ruleset that is added at a place. */
export function rules(at: Place, text: string): Deed {
  return { kind: "run", at, argv: ["nft", "-f", "-"], input: text };
}

/** Waits until the kernel says something. */
export function sees(awaited: Sight, withinMs = 10_000): Condition {
  return { kind: "sight", sight: awaited, withinMs };
}

/** Waits until the program says something of itself. */
export function told(says: string, matches: RegExp, withinMs = 30_000): Condition {
  return { kind: "status", says, matches, withinMs };
}

export function works(families: readonly Family[], withinMs = 30_000): Condition {
  return { kind: "traffic", families, withinMs };
}

/** What a command prints; its words are separated by spaces. */
export function sight(says: string, at: Place, { words, matches }: { words: string; matches: RegExp }): Sight {
  return { says, at, argv: words.split(" "), matches };
}

/** What a command line of the shell prints. */
export function shellSight(says: string, at: Place, { line, matches }: { line: string; matches: RegExp }): Sight {
  return { says, at, argv: ["sh", "-c", line], matches };
}

/** What a command must not print. */
export function noSight(says: string, at: Place, seen: { words: string; matches: RegExp }): Sight {
  return { ...sight(says, at, seen), isAbsent: true };
}
