import { readFileSync } from "node:fs";
import { constants } from "node:os";

/** What tells a program to end: a key, a process manager, a terminal that is gone, another key. */
const endingSignals = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;

/**
 * Calls `stop` when the program is told to end, instead of ending at once, however often it is told; a signal that it was
 * started to ignore, as nohup(1) does with SIGHUP, stays ignored. Output that nobody takes any more (EPIPE, EIO after a
 * hung-up line) ends nothing.
 *
 * @param reload is called on SIGHUP instead, when the program has no terminal whose loss that would tell of: a daemon
 */
export function onEnding(stop: (exitCode: number) => void, reload?: () => void): void {
  const isReload = (signal: NodeJS.Signals) => signal === "SIGHUP" && reload !== undefined && !hasTerminal();
  for (const signal of endingSignals.filter((each) => !isIgnored(each))) {
    const act = isReload(signal) ? reload : undefined;
    process.on(signal, act ?? (() => stop(128 + constants.signals[signal])));
  }
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
}

/** The mask of proc_pid_status(5): the lowest bit is signal 1. */
function isIgnored(signal: NodeJS.Signals): boolean {
  const mask = /^SigIgn:\s*([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0";
  return ((BigInt(`0x${mask}`) >> BigInt(constants.signals[signal] - 1)) & 1n) === 1n;
}

/**
 * Whether the program has a controlling terminal: tty_nr of proc_pid_stat(5), the fifth field after the name in parentheses.
 * Asked at the start: a terminal that hangs up is nobody's before its signal arrives.
 */
function hasTerminal(): boolean {
  const stat = readFileSync("/proc/self/stat", "utf8");
  const [, , , , terminal] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return terminal !== "0";
}
