import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { readlink, stat } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { BootError } from "../errors.ts";
import { createShared } from "./queue.ts";

/** A process as /proc tells of it (proc(5)). */
export interface Process {
  pid: number;
  pgid: number;
  title: string;
  /** Identifies the network namespace that it is in. */
  network: string;
}

/**
 * All processes that can be seen; those that end meanwhile are left out, and so are zombies. Shared, for a node that gives
 * 64 NICs back at once would read all of /proc 64 times; and read at once, for /proc is memory, and going through the
 * thread pool takes ten times as long.
 */
const readProcesses = createShared((): Promise<Process[]> => {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return Promise.resolve(pids.flatMap((pid) => readProcess(Number(pid)) ?? []));
});

function readProcess(pid: number): Process | null {
  try {
    const network = readlinkSync(`/proc/${pid}/ns/net`);
    const status = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [state, , pgid] = status.slice(status.lastIndexOf(")") + 2).split(" ");
    if (state === "Z") return null;
    const title = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
    return { pid, pgid: Number(pgid), title, network };
  } catch {
    return null;
  }
}

/** The group of a process, or null when it is gone. */
export function groupOf(pid: number): number | null {
  return readProcess(pid)?.pgid ?? null;
}

async function networkOf(namespace: string | null): Promise<string | null> {
  if (namespace === null) return readlink("/proc/self/ns/net");
  const file = await stat(`/run/netns/${namespace}`).catch(() => null);
  return file && `net:[${file.ino}]`;
}

/** Every network namespace, also one that has lost its name. */
export const anywhere = Symbol("anywhere");

/** A dhcpcd that is running its script when a signal reaches it may forget the signal. */
const askAgainMs = 250;

/**
 * Ends processes in one network namespace, or in all, with the helpers of those that are DHCP clients: asks, and asks again,
 * kills after a second; resolves when none is left.
 *
 * @param namespace null is the node's own; in one that does not exist there is nothing to end
 * @param isMeant picks among the processes there
 * @throws BootError `timeout` when one survives
 */
export async function endProcesses(
  namespace: string | null | typeof anywhere,
  isMeant: (process: Process) => boolean,
  signal: NodeJS.Signals | ((process: Process) => NodeJS.Signals) = "SIGTERM",
): Promise<void> {
  const network = namespace === anywhere ? null : await networkOf(namespace);
  const isInside = (each: Process) => namespace === anywhere || each.network === network;
  const askedAt = new Map<number, number>();
  const killAt = performance.now() + 1_000;
  const giveUpAt = killAt + 2_000;
  for (;;) {
    const left = withHelpers(await readProcesses(), (each) => isInside(each) && isMeant(each));
    if (left.length === 0) return;
    if (performance.now() > giveUpAt) {
      throw new BootError("timeout", `process ${left[0]?.pid ?? 0} (${left[0]?.title ?? ""}) does not end`);
    }
    for (const each of left) {
      const now = performance.now();
      if (now > killAt) sendSignal(each.pid, "SIGKILL");
      if (now > killAt || now < (askedAt.get(each.pid) ?? -Infinity) + askAgainMs) continue;
      askedAt.set(each.pid, now);
      sendSignal(each.pid, typeof signal === "string" ? signal : signal(each));
    }
    await delay(3);
  }
}

/**
 * Sends a signal once to processes in one network namespace.
 *
 * @param namespace null is the node's own
 */
export async function signalProcesses(
  namespace: string | null,
  isMeant: (process: Process) => boolean,
  signal: NodeJS.Signals,
): Promise<void> {
  const network = await networkOf(namespace);
  for (const each of await readProcesses()) if (each.network === network && isMeant(each)) sendSignal(each.pid, signal);
}

/**
 * dhcpcd separates its privileges into several processes of one group, not all of which bear the interface's name. A
 * process manager may have clients of several namespaces in its own group: the namespace tells whose helper it is.
 */
function withHelpers(all: Process[], isMeant: (process: Process) => boolean): Process[] {
  const keyOf = ({ pgid, network }: Process) => `${pgid} ${network}`;
  const groups = new Set(all.filter(isMeant).map(keyOf));
  return all.filter((each) => isMeant(each) || (groups.has(keyOf(each)) && /^(\S*\/)?dhcpcd:? /.test(each.title)));
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
