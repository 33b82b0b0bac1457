import { watch } from "node:fs";
import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { BootError } from "../errors.ts";
import { ipCommand, type Place } from "./ip.ts";
import { start, tied } from "./run.ts";

export interface Monitor {
  /** Resolves at the next change that was not yet waited for; rejects when there will be none. */
  changed: () => Promise<void>;
  /** Lets `changed` resolve though nothing was reported. */
  nudge: () => void;
  end: () => Promise<void>;
}

/**
 * Watches a place with ip-monitor(8).
 *
 * @param objects what to watch: `link`, `address`, `route`, `neigh`
 */
export function monitorKernel(place: Pick<Place, "namespace">, objects: string[]): Promise<Monitor> {
  return monitorCommands([ipCommand(place, "monitor", ...objects)]);
}

/**
 * Watches whatever the commands print lines about, by a netlink socket each. Returns when all are subscribed, so that no
 * later change is missed.
 */
export async function monitorCommands(commands: string[][]): Promise<Monitor> {
  const { changed, nudge, fail } = createBell();
  const daemons = await Promise.all(
    commands.map(async (argv) => {
      const daemon = await start(tied(argv), { onLine: nudge });
      void daemon.exited.then(() => {
        fail(new BootError("command-failed", `${argv.join(" ")} ended by itself`));
      });
      await untilSubscribed(daemon.pid);
      return daemon;
    }),
  );
  return {
    changed,
    nudge,
    end: async () => {
      await Promise.all(daemons.map((daemon) => daemon.end("SIGKILL")));
    },
  };
}

interface SharedMonitor {
  bells: Set<ReturnType<typeof createBell>>;
  monitor: Promise<Monitor>;
}

let links: SharedMonitor | null = null;

/** Watches the node's links; all who do so at the same time share one process, and learn when it fails. */
export async function monitorLinks(): Promise<Monitor> {
  const bell = createBell();
  const shared = (links ??= shareMonitor());
  shared.bells.add(bell);
  const monitor = await shared.monitor;
  return {
    changed: bell.changed,
    nudge: bell.nudge,
    end: async () => {
      shared.bells.delete(bell);
      if (shared.bells.size > 0) return;
      if (links === shared) links = null;
      await monitor.end();
    },
  };
}

function shareMonitor(): SharedMonitor {
  const shared: SharedMonitor = { bells: new Set(), monitor: monitorKernel({ namespace: null }, ["link"]) };
  relay(shared).catch((error: unknown) => {
    if (links === shared) links = null;
    for (const bell of shared.bells) bell.fail(error instanceof Error ? error : new Error(String(error)));
  });
  return shared;
}

async function relay({ bells, monitor }: SharedMonitor): Promise<never> {
  for (const { changed } = await monitor; ;) {
    await changed();
    for (const bell of bells) bell.nudge();
  }
}

/** Watches one file of a directory that exists. */
export function monitorFile(directory: string, file: string): Monitor {
  const { changed, nudge, fail } = createBell();
  const watcher = watch(directory, (_, name) => {
    if (name === file) nudge();
  });
  watcher.on("error", fail);
  return {
    changed,
    nudge,
    end: () => {
      watcher.close();
      return Promise.resolve();
    },
  };
}

/** Remembers that it was rung until somebody hears it. */
function createBell() {
  let hasRung = false;
  let failure: Error | null = null;
  let wake: (() => void) | null = null;
  const nudge = () => {
    hasRung = true;
    wake?.();
  };
  const fail = (error: Error) => {
    failure = error;
    nudge();
  };
  const changed = async () => {
    if (!hasRung) await new Promise<void>((resolve) => (wake = resolve));
    wake = null;
    hasRung = false;
    if (failure !== null) throw failure;
  };
  return { changed, nudge, fail };
}

/** Monitors print nothing when they begin; that their netlink socket has joined groups is the only sign. */
async function untilSubscribed(pid: number): Promise<void> {
  for (const deadline = performance.now() + 1_000; performance.now() < deadline; await delay(1)) {
    const sockets = await readFile(`/proc/${pid}/net/netlink`, "utf8").catch(() => "");
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
