import { channel } from "node:diagnostics_channel";
import { execFile, spawn, type ChildProcess, type ExecFileException } from "node:child_process";
import { once, setMaxListeners } from "node:events";
import type { Socket } from "node:net";
import { availableParallelism } from "node:os";
import { createInterface } from "node:readline";
import { Duplex } from "node:stream";
import { BootError } from "../errors.ts";
import { codeOfStderr } from "./failure.ts";
import { createLimit } from "./queue.ts";
import { toolMissing } from "./tools.ts";

/** How a command is run. */
export interface RunOptions {
  signal?: AbortSignal;
  /** Text for standard input; without it standard input is empty. */
  input?: string;
  /** After this time the command is killed and the call fails with `timeout`. */
  timeoutMs?: number;
}

/** What a command printed. */
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
/** Some kilobytes of `ip -j -d` for each of a thousand links. */
const maxOutputBytes = 16 * 1024 * 1024;
/** The directory that the program was started in may be gone, and is kept by nobody. */
const anywhere = "/";

/** PATH may have changed since the program was started. */
function environment(): NodeJS.ProcessEnv {
  return { ...process.env, LC_ALL: "C" };
}

/** Characters of a daemon's stderr that are kept: its last words. */
const stderrKept = 4_000;

/**
 * Runs one command to its end; resolves when it exited with 0. An aborted command is dead when the call rejects.
 *
 * @throws BootError `tool-missing`, `timeout`, `aborted`, or what its stderr means (see codeOfStderr)
 */
export async function run(argv: readonly string[], options: RunOptions = {}): Promise<Output> {
  const { signal } = options;
  if (signal?.aborted === true) throw new BootError("aborted", `${argv[0] ?? ""} was not started`);
  if (signal !== undefined) setMaxListeners(0, signal); // One effect may run many commands side by side.
  const started = performance.now();
  const { error, stdout, stderr } = await execute(argv, options);
  const exitCode = error === null ? 0 : typeof error.code === "number" ? error.code : null;
  commands.publish({ argv, ms: performance.now() - started, exitCode } satisfies CommandRecord);
  if (error !== null) throw failureOf(argv, { error, stderr, isAborted: signal?.aborted ?? false });
  return { stdout, stderr };
}

interface Ended extends Output {
  error: ExecFileException | null;
}

/**
 * Runs a command to its end, whatever that is.
 */
function execute([file = "", ...args]: readonly string[], options: RunOptions): Promise<Ended> {
  const { signal, input = "", timeoutMs = defaultTimeoutMs } = options;
  return new Promise((resolve) => {
    const kill = () => child.kill("SIGKILL");
    const limits = { timeout: timeoutMs, killSignal: "SIGKILL", maxBuffer: maxOutputBytes } as const;
    const child = execFile(file, args, { ...limits, cwd: anywhere, env: environment() }, (error, stdout, stderr) => {
      signal?.removeEventListener("abort", kill);
      resolve({ error, stdout, stderr });
    });
    signal?.addEventListener("abort", kill);
    child.stdin?.on("error", () => undefined); // A command may end without having read all; its exit code tells.
    child.stdin?.end(input);
  });
}

/** What is known of a command that failed. */
interface Failure {
  error: Pick<ExecFileException, "code" | "killed">;
  stderr: string;
  isAborted: boolean;
}

function failureOf(argv: readonly string[], { error, stderr: text, isAborted }: Failure): BootError {
  const command = argv.join(" ");
  const stderr = text.trim();
  const details = { command, stderr, cause: error };
  if (isAborted) return new BootError("aborted", `${command} was aborted`, details);
  if (error.code === "ENOENT") return toolMissing(argv[0] ?? "", details);
  if (error.killed === true) return new BootError("timeout", `${command} did not end in time`, details);
  const said = stderr === "" ? `exit code ${String(error.code)}` : (stderr.split("\n")[0] ?? "");
  return new BootError(codeOfStderr(stderr), `${command}: ${said}`, details);
}

/**
 * Runs a command whose standard input and output are the two sides of a stream; destroying the stream kills it. The stream
 * fails with `tool-missing` or what the command's stderr means when that fails.
 */
export function openPipe(argv: readonly string[]): Duplex {
  const [file = "", ...args] = argv;
  const started = performance.now();
  const child = spawn(file, args, { cwd: anywhere, env: environment() });
  let stderr = "";
  const stream = new Duplex({
    read: () => child.stdout.resume(),
    write: (chunk: Buffer, _, done) => child.stdin.write(chunk, () => done()),
    final: (done) => child.stdin.end(() => done()),
    destroy: (error, done) => {
      child.kill("SIGKILL");
      done(error);
    },
  });
  child.stdin.on("error", () => undefined); // A command may end without having read all; its exit code tells.
  child.stdout.on("data", (chunk: Buffer) => stream.push(chunk) || child.stdout.pause());
  child.stderr.on("data", (chunk: Buffer) => (stderr = `${stderr}${chunk.toString()}`.slice(-stderrKept)));
  const fail = (code: string | number | null) =>
    stream.destroy(failureOf(argv, { error: code === null ? {} : { code }, stderr, isAborted: false }));
  child.once("error", ({ code }: NodeJS.ErrnoException) => fail(code ?? null));
  child.once("close", (exitCode) => {
    commands.publish({ argv, ms: performance.now() - started, exitCode } satisfies CommandRecord);
    if (exitCode === 0) stream.push(null);
    else if (!stream.destroyed) fail(exitCode);
  });
  return stream;
}

const tie = ["setpriv", "--pdeathsig", "KILL", "--"];

/** The same command, killed by the kernel when this program ends, however it ends (setpriv(1)). */
export function tied(argv: readonly string[]): string[] {
  return [...tie, ...argv];
}

/**
 * Before a command of a shell script: it is killed by the kernel when the shell is. What changes something must not go on after
 * the script was aborted.
 */
export const tiedToShell = tie.join(" ");

/**
 * The same command, which goes on when whoever started it reads no more of what it says: a signal that is ignored stays so in
 * the command (POSIX.1-2017, exec), and writing to the pipe is an error that it may overlook.
 */
export function outliving(argv: readonly string[]): string[] {
  return ["sh", "-c", 'trap "" PIPE; exec "$@"', "sh", ...argv];
}

/** A process that goes on until it is ended: a DHCP client, a monitor. It leads a process group of its own. */
export interface Daemon {
  readonly pid: number;
  /** Resolves when the process has ended, with what it said last on stderr. */
  readonly exited: Promise<{ exitCode: number | null; signal: string | null; stderr: string }>;
  /** Whether this program goes on for as long as the process does, which is so at first. */
  hold: (isHeld: boolean) => void;
  /** Ends the whole group: the given signal first, SIGKILL after the grace; resolves when the process is gone. */
  end: (signal?: NodeJS.Signals, graceMs?: number) => Promise<void>;
}

/** How a daemon is started. */
export interface StartOptions {
  env?: Record<string, string>;
  onLine?: (line: string) => void;
  /** For what is no text. */
  onBytes?: (bytes: Buffer) => void;
}

/**
 * Starts a process that outlives the call.
 *
 * @throws BootError `tool-missing` when there is no such program
 */
export async function start(
  argv: readonly string[],
  { env = {}, onLine, onBytes }: StartOptions = {},
): Promise<Daemon> {
  const [file = "", ...args] = argv;
  const isHeard = onLine !== undefined || onBytes !== undefined;
  const child = spawn(file, args, {
    cwd: anywhere,
    env: { ...environment(), ...env },
    detached: true,
    stdio: ["ignore", isHeard ? "pipe" : "ignore", "pipe"],
  });
  const { pid } = child;
  if (pid === undefined) {
    const [{ code = "" }] = (await once(child, "error")) as [NodeJS.ErrnoException];
    throw failureOf(argv, { error: { code }, stderr: "", isAborted: false });
  }
  if (onLine !== undefined && child.stdout !== null) createInterface({ input: child.stdout }).on("line", onLine);
  if (onBytes !== undefined) child.stdout?.on("data", onBytes);
  const exited = endOf(child, pid);
  const hold = (isHeld: boolean) => {
    for (const each of [child, child.stdout as Socket | null, child.stderr as Socket | null])
      if (isHeld) each?.ref();
      else each?.unref();
  };
  return {
    pid,
    exited,
    hold,
    end: (signal = "SIGTERM", graceMs = 1_000) => endGroup(pid, exited, { signal, graceMs }),
  };
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
