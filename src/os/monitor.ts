import { statSync, watch } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { BootError } from "../errors.ts";
import { type Bell, createBell } from "./bell.ts";
import { readFile } from "./sync-fs.ts";
import { codeOfStderr } from "./failure.ts";
import { namespacesDir, readNamespaceId } from "./ip.ts";
import { type Daemon, start, tied } from "./run.ts";
import { createSilences } from "./silences.ts";

/** Room for what happens on some hundred NICs while the monitor has no turn. */
const receiveBufferBytes = 4 * 1024 * 1024;

/** Waits for the next change of what is watched. */
export interface Monitor {
  /** Resolves at the next change that was not yet waited for; rejects when there will be none. */
  changed: () => Promise<void>;
  /** Lets `changed` resolve though nothing was reported. */
  nudge: () => void;
  end: () => Promise<void>;
}

/**
 * `silence`: neighbours that fall silent, and those of them that answer again; `parameter`: kernel parameters of which netlink
 * tells, such as forwarding; `rule`: routing policy rules.
 */
export type KernelObject = "link" | "address" | "route" | "neigh" | "silence" | "parameter" | "rule";

/** What is watched in one place: the node itself, or one of its named namespaces. */
export interface Watched {
  namespace: string | null;
  objects: KernelObject[];
}

/** As ip-monitor(8) labels its lines. */
const labels: Record<KernelObject, string> = {
  link: "LINK",
  address: "ADDR",
  route: "ROUTE",
  neigh: "NEIGH",
  silence: "NEIGH",
  parameter: "NETCONF",
  rule: "RULE",
};

/** How ip-monitor(8) tells that a namespace has got a number, or that it is gone; of what has no name it tells the number alone. */
const numbered = /^\[nsid current\]\[NSID\](Deleted )?nsid (\d+)(?: \(iproute2 netns name: (\S+)\))?/;

interface Listener {
  bell: Bell;
  concerns: Concern[];
}

/** Lines with this beginning, all of them or those of which `isNews` picks the rest. */
interface Concern {
  prefix: string;
  isNews: (rest: string) => boolean;
}

/** One ip-monitor(8) hears all places: a probe of 64 NICs does not start 64 of them, nor each step of a boot one of its own. */
interface Kernel {
  listeners: Set<Listener>;
  /** Runs while nobody listens. */
  ending: NodeJS.Timeout | undefined;
  /** The numbers of namespaces that were heard of or asked for, by their names. */
  namespaces: Map<string, Numbered>;
  daemon: Promise<Daemon>;
}

/** A namespace's number, and the file that its name stood for: one that somebody uses outlives its name, which another may get. */
interface Numbered {
  id: string;
  inode: bigint | null;
}

let kernel: Kernel | null = null;

/** Steps of a boot follow each other sooner. */
const lingerMs = 5_000;

/** What is watched beside the kernel: whatever commands print lines about, and files. */
export interface Beside {
  commands?: string[][];
  files?: WatchedFile[];
}

/**
 * Watches places by netlink, and more beside them. Returns when all is subscribed, so that no later change is missed. Needs
 * CAP_NET_BROADCAST for what happens in namespaces.
 */
export async function monitorKernel(watched: Watched[], { commands = [], files = [] }: Beside = {}): Promise<Monitor> {
  const bell = createBell();
  const heard = (kernel ??= listen());
  const listener: Listener = { bell, concerns: [] };
  heard.listeners.add(listener);
  clearTimeout(heard.ending);
  const daemons: Daemon[] = [];
  const watchers = files.map((each) => startWatcher(each, bell.nudge, bell.fail));
  const end = async () => {
    for (const watcher of watchers) watcher.close();
    await Promise.all([leave(heard, listener), ...daemons.map((daemon) => daemon.end("SIGKILL"))]);
  };
  try {
    (await heard.daemon).hold(true);
    for (const { namespace, objects } of watched) {
      const id = namespace === null ? "current" : await numberOf(namespace, heard);
      listener.concerns.push(
        ...objects.map((object) => ({
          prefix: `[nsid ${id}][${labels[object]}]`,
          isNews: object === "silence" ? createSilences() : () => true,
        })),
      );
    }
    for (const argv of commands) daemons.push(await startMonitor(argv, bell.nudge, bell.fail));
  } catch (error) {
    await end();
    throw error;
  }
  return { changed: bell.changed, nudge: bell.nudge, end };
}

/** The number of a namespace, which holds until the monitor tells that the namespace is gone. */
async function numberOf(namespace: string, { namespaces }: Kernel): Promise<string> {
  const inode = inodeOf(namespace);
  const known = namespaces.get(namespace);
  if (known?.inode === inode) return known.id;
  const id = String(await readNamespaceId(namespace));
  namespaces.set(namespace, { id, inode });
  return id;
}

function inodeOf(namespace: string): bigint | null {
  return statSync(`${namespacesDir}/${namespace}`, { bigint: true, throwIfNoEntry: false })?.ino ?? null;
}

function listen(): Kernel {
  const listeners = new Set<Listener>();
  const namespaces = new Map<string, Numbered>();
  const hear = (line: string) => {
    const [, isGone, id = "", name = ""] = numbered.exec(line) ?? [];
    if (isGone !== undefined) forget(namespaces, id);
    else if (name !== "") namespaces.set(name, { id, inode: inodeOf(name) });
    for (const { concerns, bell } of listeners)
      if (concerns.some(({ prefix, isNews }) => line.startsWith(prefix) && isNews(line.slice(prefix.length))))
        bell.nudge();
  };
  const fail = (error: Error) => {
    clearTimeout(heard.ending);
    if (kernel === heard) kernel = null;
    for (const { bell } of listeners) bell.fail(error);
  };
  const objects = ["link", "address", "route", "neigh", "netconf", "rule", "nsid"];
  const argv = ["ip", "-rcvbuf", String(receiveBufferBytes), "monitor", "all-nsid", "label", ...objects];
  const daemon = startMonitor(argv, hear, fail);
  const heard: Kernel = { listeners, namespaces, ending: undefined, daemon };
  daemon.catch(fail);
  return heard;
}

function forget(namespaces: Map<string, Numbered>, number: string): void {
  for (const [name, { id }] of namespaces) if (id === number) namespaces.delete(name);
}

/** The last one who leaves lets the program end meanwhile, which ends the monitor too. */
async function leave(from: Kernel, listener: Listener): Promise<void> {
  from.listeners.delete(listener);
  if (from.listeners.size > 0) return;
  const daemon = await from.daemon.catch(() => null);
  if (from.listeners.size > 0 || daemon === null) return;
  daemon.hold(false);
  const end = () => {
    if (kernel === from) kernel = null;
    void daemon.end("SIGKILL");
  };
  clearTimeout(from.ending);
  from.ending = setTimeout(end, lingerMs).unref();
}

async function startMonitor(
  argv: string[],
  onLine: (line: string) => void,
  onEnd: (error: Error) => void,
): Promise<Daemon> {
  const daemon = await start(tied(argv), { onLine });
  void daemon.exited.then(({ stderr }) => {
    const [said = ""] = stderr.split("\n");
    const details = { command: argv.join(" "), stderr };
    onEnd(new BootError(codeOfStderr(stderr), `${argv.join(" ")} ended${said === "" ? "" : `: ${said}`}`, details));
  });
  await untilSubscribed(daemon.pid);
  return daemon;
}

/** A file of a directory that exists. */
export interface WatchedFile {
  directory: string;
  file: string;
}

/** Watches files. */
export function monitorFiles(watched: readonly WatchedFile[]): Monitor & Pick<Bell, "fail"> {
  const { changed, nudge, fail } = createBell();
  const watchers = watched.map((each) => startWatcher(each, nudge, fail));
  return {
    changed,
    nudge,
    fail,
    end: () => {
      for (const watcher of watchers) watcher.close();
      return Promise.resolve();
    },
  };
}

function startWatcher({ directory, file }: WatchedFile, onChange: () => void, onError: (error: Error) => void) {
  const watcher = watch(directory, (_, name) => {
    if (name === file) onChange();
  });
  return watcher.on("error", onError);
}

/** Monitors print nothing when they begin; that their netlink socket has joined groups is the only sign. */
async function untilSubscribed(pid: number): Promise<void> {
  for (const deadline = performance.now() + 1_000; performance.now() < deadline; await delay(1)) {
    const sockets = await readFile(`/proc/${pid}/net/netlink`).catch(() => "");
    const isSubscribed = sockets
      .split("\n")
      .map((line) => line.trim().split(/\s+/))
      .some(([, , portId, groups]) => portId === String(pid) && groups !== undefined && !/^0+$/.test(groups));
    if (isSubscribed) return;
  }
}

/**
 * Reads facts again whenever the kernel reports a change, until they are there.
 *
 * @param read gives null while what is waited for is not there
 * @throws BootError `aborted` when the signal aborts; whatever `read` throws
 */
export async function waitFor<T>(monitor: Monitor, signal: AbortSignal, read: () => Promise<T | null>): Promise<T> {
  signal.addEventListener("abort", monitor.nudge);
  try {
    for (;;) {
      if (signal.aborted) throw new BootError("aborted", "no longer waited for");
      const facts = await read();
      if (facts !== null) return facts;
      await monitor.changed();
    }
  } finally {
    signal.removeEventListener("abort", monitor.nudge);
  }
}

/**
 * Tells facts: at once, and again whenever the kernel reports a change that makes a difference to them. Ends the monitor.
 *
 * @throws BootError `aborted` when the signal aborts; whatever `read` throws, and what ends the monitor
 */
export async function follow<T>(
  monitor: Monitor,
  read: () => Promise<T>,
  { signal, emit }: { signal: AbortSignal; emit: (facts: T) => void },
): Promise<void> {
  let last: string | null = null;
  const pace = createPace(signal);
  try {
    await waitFor<never>(monitor, signal, async () => {
      const facts = await read();
      const text = JSON.stringify(facts);
      if (text !== last) emit(facts);
      last = text;
      await pace();
      return null;
    });
  } finally {
    await monitor.end();
  }
}

/** Between two readings while changes go on: more each time, up to a bound; what is alone is read at once. */
const leastPaceMs = 50;
const mostPaceMs = 5_000;
const quietMs = 6_000;

/** Keeps what changes all the time from being read all the time; the first readings follow each other closely. */
function createPace(signal: AbortSignal): () => Promise<void> {
  let paceMs = leastPaceMs;
  let lastAtMs = -Infinity;
  return async () => {
    const nowMs = performance.now();
    paceMs = nowMs - lastAtMs > quietMs ? leastPaceMs : Math.min(mostPaceMs, paceMs * 2);
    lastAtMs = nowMs + paceMs;
    await delay(paceMs, undefined, { signal, ref: false }).catch(() => undefined);
  };
}
