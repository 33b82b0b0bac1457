import { channel } from "node:diagnostics_channel";
import type { ChildProcess } from "node:child_process";
import { setMaxListeners } from "node:events";
import { availableParallelism } from "node:os";
import { execa } from "execa";
import { BootError } from "../errors.ts";
import { codeOfStderr } from "./failure.ts";
import { createLimit } from "./queue.ts";

export interface RunOptions {
  signal?: AbortSignal;
  /** Text for standard input; without it standard input is empty. */
  input?: string;
  /** After this time the command is killed and the call fails with `timeout`. */
  timeoutMs?: number;
}

export interface Output {
  stdout: string;
  stderr: string;
}

const inTurn = createLimit(4 * availableParallelism());

/**
 * Runs a command that only asks or tells the kernel something: it waits its turn behind earlier ones when there are more
 * than the processor can do at once, so that what was begun first is done first.
 */
export function runInTurn(argv: readonly string[], options: RunOptions = {}): Promise<Output> {
  return inTurn(() => run(argv, options));
}

/** What is published on the channel `zos-boot:command` after each command. */
export interface CommandRecord {
  argv: readonly string[];
  ms: number;
  exitCode: number | null;
}

const commands = channel("zos-boot:command");
const defaultTimeoutMs = 10_000;
/** Characters of a daemon's stderr that are kept: its last words. */
const stderrKept = 4_000;

/**
 * Runs one command to its end; resolves when it exited with 0. An aborted command is dead when the call rejects.
 *
 * @throws BootError `tool-missing`, `timeout`, `aborted`, or what its stderr means (see codeOfStderr)
 */
export async function run(argv: readonly string[], options: RunOptions = {}): Promise<Output> {
  const [file = "", ...args] = argv;
  const { signal, input = "", timeoutMs = defaultTimeoutMs } = options;
  if (signal?.aborted === true) throw new BootError("aborted", `${file} was not started`);
  if (signal !== undefined) setMaxListeners(0, signal); // One effect may run many commands side by side.
  const started = performance.now();
  const result = await execa(file, args, {
    input,
    timeout: timeoutMs,
    killSignal: "SIGKILL",
    env: { LC_ALL: "C" },
    reject: false,
    stripFinalNewline: false,
    ...(signal && { cancelSignal: signal }),
  });
  const { exitCode = null } = result;
  commands.publish({ argv, ms: performance.now() - started, exitCode } satisfies CommandRecord);
  if (result.failed) throw failureOf(argv, result);
  return { stdout: result.stdout, stderr: result.stderr };
}

/** What execa tells of a command that failed. */
interface Failure {
  isCanceled: boolean;
  timedOut: boolean;
  code?: string | undefined;
  exitCode?: number | undefined;
  stderr?: unknown;
  cause?: unknown;
}

function failureOf(argv: readonly string[], result: Failure): BootError {
  const command = argv.join(" ");
  const stderr = typeof result.stderr === "string" ? result.stderr.trim() : "";
  const details = { command, stderr, cause: result.cause };
  if (result.isCanceled) return new BootError("aborted", `${command} was aborted`, details);
  if (result.timedOut) return new BootError("timeout", `${command} did not end in time`, details);
  if (result.code === "ENOENT") {
    return new BootError(
      "tool-missing",
      `${argv[0] ?? ""} is not installed (Debian package ${packageOf(argv[0] ?? "")})`,
      details,
    );
  }
  const said = stderr === "" ? `exit code ${String(result.exitCode)}` : (stderr.split("\n")[0] ?? "");
  return new BootError(codeOfStderr(stderr), `${command}: ${said}`, details);
}

/** The same command, killed by the kernel when this program ends, however it ends (setpriv(1)). */
export function tied(argv: readonly string[]): string[] {
  return ["setpriv", "--pdeathsig", "KILL", "--", ...argv];
}

/** The commands that the program calls, and the Debian package that has each. */
export const debianPackages: Readonly<Record<string, string>> = {
  ip: "iproute2",
  nft: "nftables",
  dhcpcd: "dhcpcd-base",
  rdisc6: "ndisc6",
  nc: "netcat-openbsd",
  getent: "libc-bin",
  setpriv: "util-linux",
  flock: "util-linux",
  sysctl: "procps",
};

function packageOf(tool: string): string {
  return debianPackages[tool] ?? tool;
}

/** A process that goes on until it is ended: a DHCP client, a monitor. It leads a process group of its own. */
export interface Daemon {
  readonly pid: number;
  /** Resolves when the process has ended, with what it said last on stderr. */
  readonly exited: Promise<{ exitCode: number | null; signal: string | null; stderr: string }>;
  /** Ends the whole group: the given signal first, SIGKILL after the grace; resolves when the process is gone. */
  end: (signal?: NodeJS.Signals, graceMs?: number) => Promise<void>;
}

export interface StartOptions {
  env?: Record<string, string>;
  onLine?: (line: string) => void;
}

/**
 * Starts a process that outlives the call.
 *
 * @throws BootError `tool-missing` when there is no such program
 */
export async function start(argv: readonly string[], { env = {}, onLine }: StartOptions = {}): Promise<Daemon> {
  const [file = "", ...args] = argv;
  const child = execa(file, args, {
    env: { LC_ALL: "C", ...env },
    detached: true,
    cleanup: false,
    reject: false,
    stdin: "ignore",
    stdout: onLine === undefined ? "ignore" : "pipe",
    buffer: false,
  });
  const { pid } = child;
  if (pid === undefined) throw failureOf(argv, await child);
  if (onLine !== undefined) void forEachLine(child, onLine);
  const exited = endOf(child, pid);
  return { pid, exited, end: (signal = "SIGTERM", graceMs = 1_000) => endGroup(pid, exited, { signal, graceMs }) };
}

type Child = Pick<ChildProcess, "once" | "stderr">;

/** The end of the process itself: helpers of its group, which may hold its pipes open, end with it. */
async function endOf(child: Child, pid: number): Promise<Awaited<Daemon["exited"]>> {
  let stderr = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    stderr = `${stderr}${chunk.toString()}`.slice(-stderrKept);
  });
  return new Promise((resolve) => {
    child.once("exit", (exitCode, signal) => {
      signalGroup(pid, "SIGKILL");
      resolve({ exitCode, signal, stderr: stderr.trim() });
    });
  });
}

async function forEachLine(child: AsyncIterable<unknown>, onLine: (line: string) => void): Promise<void> {
  try {
    for await (const line of child) onLine(String(line));
  } catch {
    // The process was ended; `exited` tells.
  }
}

async function endGroup(
  pid: number,
  exited: Promise<unknown>,
  { signal, graceMs }: { signal: NodeJS.Signals; graceMs: number },
): Promise<void> {
  signalGroup(pid, signal);
  const timer = setTimeout(() => {
    signalGroup(pid, "SIGKILL");
  }, graceMs);
  await exited;
  clearTimeout(timer);
}

/** Sends a signal to a process group; a group that is gone already is fine. */
export function signalGroup(pgid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pgid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
