import { constants } from "node:os";
import { execa } from "execa";
import { BootError } from "../../errors.ts";
import { endingSignals } from "../farm/sandbox-process.ts";

/** What a run of the lab in a process of its own came to. */
export interface ChildRun<Report> {
  /** Exit code: 0 when all was as promised. */
  code: number | null;
  /** Null when the run ended without one. */
  report: Report | null;
  /** What the run said of its problems. */
  stderr: string;
  /** What the run before said, when this one repeats one that failed beside others. */
  saidBefore?: string;
}

/** Reports of many nodes with all that they tell. */
const mostOutputCharacters = 256 * 1024 * 1024;

/**
 * Runs the lab in a process and a sandbox of its own; its stdout is one JSON object. In a session of its own too, so that a
 * Ctrl-C at the terminal reaches it by `signal` alone.
 */
export async function runChild<Report>(command: readonly string[], signal: AbortSignal): Promise<ChildRun<Report>> {
  const { exitCode, stdout, stderr } = await execa("setpriv", ["--pdeathsig", "KILL", ...command], {
    detached: true,
    cleanup: false,
    stdin: "ignore",
    maxBuffer: mostOutputCharacters,
    cancelSignal: signal,
    forceKillAfterDelay: false,
    reject: false,
  });
  return { code: exitCode ?? null, report: parsed(stdout) as Report | null, stderr };
}

function parsed(output: string): unknown {
  try {
    return JSON.parse(output);
  } catch {
    return null;
  }
}

/** Works through a queue, some at a time, until it is empty or the signal comes; gives what came of each as it ended. */
export async function inPool<Item, Result>(
  queue: readonly Item[],
  { size, signal }: { size: number; signal: AbortSignal },
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const waiting = [...queue];
  const results: Result[] = [];
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined && !signal.aborted; next = waiting.shift()) {
      results.push(await work(next));
    }
  };
  await Promise.all(Array.from({ length: size }, worker));
  return results;
}

/** More failures than these are no chance, and repeating them would only take long. */
const mostRepeated = 4;

/**
 * Repeats alone the few runs that failed beside others, and the repetition counts: a machine that was too busy for a
 * moment fails none, a fault of the program's fails again. What was said before is kept, for who reads of it.
 */
export async function repeated<Run extends ChildRun<unknown>>(
  runs: readonly Run[],
  signal: AbortSignal,
  repeat: (run: Run) => Promise<Run>,
): Promise<Run[]> {
  const failed = runs.filter(({ code }) => code !== 0);
  if (failed.length > mostRepeated) return [...runs];
  const again = new Map<Run, Run>();
  await inPool(failed, { size: 1, signal }, async (run) => again.set(run, await repeat(run)));
  return runs.map((run) => {
    const second = again.get(run);
    return second === undefined ? run : { ...second, saidBefore: run.stderr };
  });
}

/** The run in the middle, by what is measured; one that failed goes before all others. */
export function middleOf<Run>(
  runs: readonly Run[],
  { isFailed, measure }: { isFailed: (run: Run) => boolean; measure: (run: Run) => number },
): Run[] {
  const failed = runs.filter(isFailed);
  if (failed.length > 0) return failed.slice(0, 1);
  const sorted = runs.toSorted((a, b) => measure(a) - measure(b));
  const middle = Math.floor(sorted.length / 2);
  return sorted.slice(middle, middle + 1);
}

/**
 * Has many runs of the lab done; who ends it early ends every run.
 *
 * @returns what was done, or the exit code when told to end: 128 and the signal's number
 * @throws BootError `permission` without root
 */
export async function unlessTold<Runs>(work: (signal: AbortSignal) => Promise<Runs>): Promise<Runs | number> {
  if (process.getuid?.() !== 0) {
    throw new BootError("permission", "the lab makes network namespaces and needs root: run it with sudo");
  }
  const told = new AbortController();
  for (const name of endingSignals) process.once(name, () => told.abort(name));
  const runs = await work(told.signal);
  return told.signal.aborted ? 128 + constants.signals[told.signal.reason as NodeJS.Signals] : runs;
}

/** Tells of a run as it ends where somebody watches, and nobody has asked for the end. */
export function tellOnTerminal(line: string, signal: AbortSignal): void {
  if (!signal.aborted && process.stderr.isTTY) process.stderr.write(`${line}\n`);
}

/** Says on stderr what a run said that was repeated, so that what fails now and then is not overlooked. */
export function tellOfRepeated(name: string, { saidBefore }: ChildRun<unknown>): void {
  if (saidBefore === undefined) return;
  process.stderr.write(
    `\n${name} failed beside others and was repeated alone; it had said:\n${saidBefore.trimEnd()}\n`,
  );
}
