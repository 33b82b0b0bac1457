import { BootError } from "../errors.ts";
import { codeOfStderr } from "./failure.ts";
import { ipCommand } from "./ip.ts";
import { runInTurn } from "./run.ts";

interface Change {
  lines: string[];
  signal: AbortSignal;
  done: () => void;
  fail: (error: unknown) => void;
}

let waiting: Change[] = [];
let turn: Promise<void> = Promise.resolve();

/**
 * Changes the node itself by ip(8) commands. Changes that are asked for while others are made share the next
 * process: a node with 64 NICs switches them on by some commands, not by 64. One that fails fails alone.
 *
 * @param lines commands without the leading `ip`, as for ipBatch; those after one that fails are still run
 * @throws BootError `aborted`, or what the first failing command's words mean
 */
export function changeTogether(lines: string[], signal: AbortSignal): Promise<void> {
  return new Promise((done, fail) => {
    if (waiting.length === 0) turn = turn.then(apply);
    waiting.push({ lines, signal, done, fail });
  });
}

async function apply(): Promise<void> {
  const changes = waiting;
  waiting = [];
  for (const { signal, fail } of changes) if (signal.aborted) fail(new BootError("aborted", "nothing was changed"));
  const wanted = changes.filter(({ signal }) => !signal.aborted);
  if (wanted.length === 0) return;
  try {
    const input = wanted.flatMap(({ lines }) => lines.map((line) => `${line}\n`)).join("");
    await runInTurn(ipCommand({ namespace: null }, "-force", "-batch", "-"), { input });
    for (const { done } of wanted) done();
  } catch (error) {
    tell(wanted, error);
  }
}

/** Tells each change what became of it. */
function tell(changes: Change[], error: unknown): void {
  const failures = error instanceof BootError ? failuresByLine(error.stderr ?? "") : new Map<number, string>();
  let first = 1;
  for (const { lines, done, fail } of changes) {
    const numbers = lines.map((_, index) => first + index);
    first += lines.length;
    const failed = numbers.find((number) => failures.has(number));
    if (failures.size === 0) fail(error);
    else if (failed === undefined) done();
    else fail(failureOf(`ip ${lines[numbers.indexOf(failed)] ?? ""}`, failures.get(failed) ?? ""));
  }
}

/** What `ip -batch` said of each line that failed: its words, and then `Command failed -:` with the line's number. */
function failuresByLine(stderr: string): Map<number, string> {
  const failures = new Map<number, string>();
  let words: string[] = [];
  for (const text of stderr.split("\n")) {
    const number = /^Command failed \S*:(\d+)$/.exec(text)?.[1];
    if (number === undefined) {
      words.push(text);
      continue;
    }
    failures.set(Number(number), words.join("\n"));
    words = [];
  }
  return failures;
}

function failureOf(command: string, stderr: string): BootError {
  return new BootError(codeOfStderr(stderr), `${command}: ${stderr.split("\n")[0] ?? ""}`, { command, stderr });
}
