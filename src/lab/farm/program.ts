import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { constants } from "node:os";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { BootError } from "../../errors.ts";

const removalMs = 5_000;

/** A program that goes on beside the lab until it is signalled. */
export interface Program {
  readonly pid: number;
  /** Resolves with the exit code, or 128 and the signal's number as a shell would say it. */
  readonly exited: Promise<number>;
  signal: (signal: NodeJS.Signals) => Promise<void>;
}

/** How a program is started. */
export interface ProgramOptions {
  /** Waits for the first line on stdout, by which a program says that it is ready. */
  isAnnounced?: boolean;
  stdio?: StdioOptions;
  /** Whether the program is a child of what is started: nsenter(1) and unshare(1) fork and pass no signals on. */
  isForked?: boolean;
}

/**
 * Starts a program.
 *
 * @throws BootError `tool-missing`; `command-failed` when an announced program ends without a word
 */
export async function startProgram(argv: readonly string[], options: ProgramOptions = {}): Promise<Program> {
  const [file = "", ...args] = argv;
  const { isAnnounced = false, isForked = false } = options;
  const stdio = options.stdio ?? ["ignore", isAnnounced ? "pipe" : "ignore", "inherit"];
  const child = spawn(file, args, { stdio, env: { ...process.env, LC_ALL: "C" } });
  const exited = exitOf(child);
  const { pid } = child;
  if (pid === undefined) {
    const cause: unknown = await exited.catch((error: unknown) => error);
    throw new BootError("tool-missing", `${file} cannot be started`, { cause });
  }
  if (isAnnounced) await firstLine(child, argv);
  return {
    pid,
    exited,
    signal: async (signal) => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      process.kill((isForked ? await childOf(pid) : null) ?? pid, signal);
    },
  };
}

/** Its only child, as nsenter(1) and unshare(1) have it, or null. */
export async function childOf(pid: number): Promise<number | null> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8").catch(() => "");
  const [first = ""] = children.split(" ");
  return first === "" ? null : Number(first);
}

/**
 * Ends a set of namespaces with everything in it; resolves when all is gone.
 *
 * @param pid the unshare(1) that made it with `--kill-child`
 */
export async function endNamespaces(pid: number): Promise<void> {
  const init = await childOf(pid);
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
  if (init === null) return;
  const deadline = performance.now() + removalMs;
  while (performance.now() < deadline && (await isAlive(init))) await delay(5);
}

/** Pid 1 of a namespace is a zombie only when every other process in the namespace is gone (pid_namespaces(7)). */
async function isAlive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => null);
  return stat !== null && !/\) [ZX] /.test(stat);
}

async function exitOf(child: ChildProcess): Promise<number> {
  const [code, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
  return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
}

async function firstLine(child: ChildProcess, argv: readonly string[]): Promise<void> {
  if (child.stdout === null) throw new BootError("unsupported", "an announced program needs a piped stdout");
  const lines = createInterface({ input: child.stdout });
  const said = await Promise.race([once(lines, "line").then(() => true), once(lines, "close").then(() => false)]);
  if (!said) throw new BootError("command-failed", `${argv.slice(0, 3).join(" ")}… ended before it was ready`);
}
