import { connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { BootError } from "../errors.ts";

/** Longer than any change of the node takes: supervisors are given 10 s to get a service down. */
const usualPatienceMs = 30_000;
/** More than a process needs to take what it waited for, when it runs at all. */
const courtesyMs = 100;
/** A socket is bound a moment before it listens. */
const listenMs = 1;

/** What holders let go to others: it is not taken again before those have had the chance that they waited for. */
const courtesies = new Map<string, Promise<unknown>>();

/**
 * Takes a lock that one process at a time can hold, in all of the node (its network namespace). It is a socket of an abstract
 * name (unix(7)): the kernel lets one process bind it, and frees it when that process ends, however it ends; there is no file
 * that could be left behind. Who waits is connected to the holder, and thus told by the kernel. A process holds each lock once.
 * Anybody who is in that namespace could bind the name: on a zos node nobody is but root.
 *
 * @param patienceMs how long to wait for another process at most
 * @returns lets the lock go
 * @throws BootError `aborted`; `busy` when another process does not let go in time
 */
export async function takeNodeLock(
  name: string,
  signal: AbortSignal,
  patienceMs = usualPatienceMs,
): Promise<() => void> {
  const path = `\0zos-boot/${name}`;
  let patience: AbortSignal | null = null;
  let place: Socket | null = null;
  try {
    await courtesies.get(path);
    for (;;) {
      if (signal.aborted) throw new BootError("aborted", `nothing was done to ${name}`);
      if (patience?.aborted === true)
        throw new BootError("busy", `another process has been changing ${name} for ${patienceMs / 1_000} s`);
      const release = await tryToHold(path);
      if (release !== null) return release;
      place?.destroy();
      patience ??= AbortSignal.timeout(patienceMs);
      place = await waitInLine(path, AbortSignal.any([signal, patience]));
    }
  } finally {
    place?.destroy();
  }
}

/** Null when another process holds the lock. */
function tryToHold(path: string): Promise<(() => void) | null> {
  return new Promise((resolve, reject) => {
    const waiting = new Set<Socket>();
    const server = createServer((socket) => {
      waiting.add(socket);
      socket.on("error", () => undefined).once("close", () => waiting.delete(socket));
      socket.resume().unref();
    });
    server.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE") resolve(null);
      else reject(error);
    });
    server.listen({ path }, () => {
      server.unref();
      resolve(() => {
        letGo(path, server, waiting);
      });
    });
  });
}

/** Those who waited see the end of what they read, and close when one of them has the lock. */
function letGo(path: string, server: Server, waiting: ReadonlySet<Socket>): void {
  server.close(); // Frees the name at once.
  if (waiting.size === 0) return;
  const served = [...waiting].map((socket) => new Promise((resolve) => socket.once("close", resolve).end()));
  const courtesy = Promise.race([Promise.all(served), delay(courtesyMs, null, { ref: false })]).then(() => {
    for (const socket of waiting) socket.destroy();
    if (courtesies.get(path) === courtesy) courtesies.delete(path);
  });
  courtesies.set(path, courtesy);
}

/** Resolves when it is worth another try: with the connection to who held the lock, to be closed after that. */
async function waitInLine(path: string, signal: AbortSignal): Promise<Socket> {
  const socket = connect({ path, allowHalfOpen: true });
  const refusal = await new Promise<NodeJS.ErrnoException | null>((resolve) => {
    const leave = () => socket.destroy();
    signal.addEventListener("abort", leave);
    if (signal.aborted) leave();
    socket.on("error", resolve);
    socket.once("end", () => {
      resolve(null);
    });
    socket.once("close", () => {
      signal.removeEventListener("abort", leave);
      resolve(null);
    });
    socket.resume();
  });
  if (refusal !== null) await delay(listenMs);
  return socket;
}
