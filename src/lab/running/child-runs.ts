import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";

/** What a run of the lab in a process of its own came to. */
export interface ChildRun<Report> {
  /** Exit code: 0 when all was as promised. */
  code: number | null;
  /** Null when the run ended without one. */
  report: Report | null;
  /** What the run said of its problems. */
  stderr: string;
}

/**
 * Runs the lab in a process and a sandbox of its own; its stdout is one JSON object. In a session of its own too, so that a
 * Ctrl-C at the terminal reaches it by `signal` alone.
 */
export async function runChild<Report>(command: readonly string[], signal: AbortSignal): Promise<ChildRun<Report>> {
  const argv = ["--pdeathsig", "KILL", ...command];
  const child = spawn("setpriv", argv, { detached: true, stdio: ["ignore", "pipe", "pipe"] });
  const end = () => child.kill("SIGTERM");
  signal.addEventListener("abort", end);
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "exit") as Promise<[number | null]>,
  ]);
  signal.removeEventListener("abort", end);
  return { code, report: parsed(stdout) as Report | null, stderr };
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
