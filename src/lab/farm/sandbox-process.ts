import { spawn, type StdioOptions } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, readlink } from "node:fs/promises";
import { constants } from "node:os";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { BootError } from "../../errors.ts";
import { signalGroup } from "../../os/run.ts";
import { toolMissing } from "../../os/tools.ts";
import { childOf, endNamespaces } from "./program.ts";
import { sandboxArgv, streamFd } from "./sandbox.ts";

/** Signals that tell a run to end. */
export const endingSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** What a command in a sandbox may tell this process. */
export interface Listener {
  /** What it sends with `process.send`, and the sandbox's pid. */
  onMessage: (message: unknown, sandboxPid: number) => void;
  /** Lines that it writes to its open file `streamFd`; without this it has no such file. */
  onLine?: (line: string) => void;
}

/**
 * Runs a command in a sandbox until it ends, or until this process is told to end: then everything in the sandbox is
 * gone before this returns. When this process is killed, the kernel removes the sandbox.
 *
 * @returns the command's exit code, or 128 and the signal's number
 * @throws BootError `permission` without root, `unavailable` where / is no mount point, `tool-missing`
 */
export async function runInSandbox(command: readonly string[], { onMessage, onLine }: Listener): Promise<number> {
  if (process.getuid?.() !== 0) {
    throw new BootError("permission", "the lab makes network namespaces and needs root: run it with sudo");
  }
  await checkRoot();
  const told = toldToEnd();
  const [file = "", ...args] = sandboxArgv(command);
  // A session of its own: a Ctrl-C at the terminal reaches this process alone.
  const stdio: StdioOptions = ["ignore", "inherit", "inherit", "ipc", onLine === undefined ? "ignore" : "pipe"];
  const child = spawn(file, args, { detached: true, stdio });
  const exited = once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]>;
  const { pid } = child;
  if (pid === undefined) {
    const cause: unknown = await exited.catch((error: unknown) => error);
    throw toolMissing(file, { cause });
  }
  child.on("message", (message) => onMessage(message, pid));
  const lines = onLine === undefined ? null : forEachLine(child.stdio[streamFd] as Readable, onLine);
  const ended = await Promise.race([exited, told]);
  if (typeof ended === "string") {
    await endNamespaces(pid);
    await exited;
    signalGroup(pid, "SIGKILL"); // A pid 1 that came into being at the same moment.
  }
  await lines; // Whoever could write any is gone.
  return typeof ended === "string" ? exitCodeFor(null, ended) : exitCodeFor(...ended);
}

/**
 * The sandbox's mounts are kept from the machine by way of its root, which must be a mount for that (mount_namespaces(7)):
 * what chroot(8) makes of a plain directory is none.
 */
async function checkRoot(): Promise<void> {
  const mounts = (await readFile("/proc/self/mountinfo", "utf8")).split("\n");
  if (mounts.some((line) => line.split(" ")[4] === "/")) return;
  const remedy = "bind the directory to itself before you chroot into it (mount --bind DIR DIR)";
  throw new BootError("unavailable", `the lab needs a root directory that is a mount point: ${remedy}`);
}

async function forEachLine(stream: Readable, onLine: (line: string) => void): Promise<void> {
  for await (const line of createInterface({ input: stream })) onLine(line);
}

/** Resolves with the first signal that tells this process to end; from now on none ends it by itself. */
async function toldToEnd(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of endingSignals) process.on(signal, resolve);
  });
}

function exitCodeFor(code: number | null, signal: NodeJS.Signals | null): number {
  return signal === null ? (code ?? 1) : 128 + constants.signals[signal];
}

/**
 * The pid by which this process knows a process of the sandbox (`NSpid` in proc(5)), or null when it is gone.
 *
 * @param innerPid pid as the sandbox has it
 */
export async function pidOutside(sandboxPid: number, innerPid: number): Promise<number | null> {
  const init = await childOf(sandboxPid);
  const namespace = init === null ? null : await readlink(`/proc/${init}/ns/pid`);
  const isMeant = async (pid: string) => {
    const status = await readFile(`/proc/${pid}/status`, "utf8");
    const [depth, parent] = [
      /^NSpid:\s*(.*)$/m.exec(status)?.[1]?.split(/\s+/) ?? [],
      /^PPid:\s*(\d+)$/m.exec(status)?.[1],
    ];
    return depth[1] === String(innerPid) && namespace === (await readlink(`/proc/${parent}/ns/pid`));
  };
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    if (await isMeant(pid).catch(() => false)) return Number(pid);
  }
  return null;
}
