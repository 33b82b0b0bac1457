import { readFileSync } from "node:fs";
import { constants } from "node:os";

/** What tells a program to end: a key, a process manager, a terminal that is gone, another key. */
const endingSignals = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;

/**
 * Calls `stop` when the program is told to end, instead of ending at once, however often it is told; a signal that it was
 * started to ignore, as nohup(1) does with SIGHUP, stays ignored. Output that nobody takes any more (EPIPE, EIO after a
 * hung-up line) ends nothing.
 */
export function onEnding(stop: (exitCode: number) => void): void {
  for (const signal of endingSignals.filter((each) => !isIgnored(each))) {
    process.on(signal, () => {
      stop(128 + constants.signals[signal]);
    });
  }
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
}

/** The mask of proc_pid_status(5): the lowest bit is signal 1. */
function isIgnored(signal: NodeJS.Signals): boolean {
  const mask = /^SigIgn:\s*([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0";
  return ((BigInt(`0x${mask}`) >> BigInt(constants.signals[signal] - 1)) & 1n) === 1n;
}
