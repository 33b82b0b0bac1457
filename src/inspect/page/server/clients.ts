import type { ServerResponse } from "node:http";
import type { History } from "../../recording/backlog.ts";
import { createFeed, type Feed } from "./feed.ts";

/** What those who watch are served from. */
export interface ClientsOptions {
  history: History;
  mode: "live" | "replay";
  /** The stream's time, milliseconds. */
  clock: () => number;
  epoch: string;
}

/** Those who read the stream. Each is told at its own speed, so none holds up the others or the boot. */
export interface Clients {
  /** @param lastId what the client was told last, if it was here before */
  add: (response: ServerResponse, lastId: string | undefined) => void;
  /** Resolves when all have been told everything and let go, or after a short grace. */
  close: () => Promise<void>;
}

interface Client {
  response: ServerResponse;
  /** Number of the line that it is told next. */
  position: number;
  /** Its buffer is full. */
  isBehind: boolean;
  isToldNow: boolean;
}

/** Characters that are handed to a connection at once: about all that a client that does not read makes us keep. */
const chunkChars = 64 * 1_024;
const nowEveryMs = 10_000;
/** A connection that takes nothing for so long is given up. */
const silentMs = 60_000;
const closeGraceMs = 500;

/**
 * Serves a history as Server-Sent Events: all of it, then what is added. An event `now` says when everything has been told,
 * and again every 10 s, what time it is in the stream.
 */
export function createClients({ history, mode, clock, epoch }: ClientsOptions): Clients {
  const clients = new Set<Client>();
  const feed = createFeed(history, epoch);
  const now = () => `event: now\ndata: ${JSON.stringify({ atMs: clock(), mode })}\n\n`;
  const pumpAll = () => {
    for (const client of clients) pump(client, feed, now);
  };
  const unsubscribe = history.subscribe(soon(pumpAll));
  const timer = whileAny(clients, () => {
    for (const client of clients) client.isToldNow = false;
    pumpAll();
  });
  return {
    add: (response, lastId) => {
      const client = { response, position: feed.positionAfter(lastId), isBehind: false, isToldNow: false };
      clients.add(client);
      timer.update();
      response.on("close", () => {
        clients.delete(client);
        timer.update();
      });
      response.on("drain", () => {
        client.isBehind = false;
        pump(client, feed, now);
      });
      response.setTimeout(silentMs, () => response.destroy());
      response.write("retry: 1000\n\n");
      pump(client, feed, now);
    },
    close: async () => {
      unsubscribe();
      pumpAll();
      await Promise.all([...clients].map(({ response }) => ended(response)));
    },
  };
}

/** Tells a client what it does not know yet, as far as its connection takes it. */
function pump(client: Client, feed: Feed, now: () => string): void {
  while (!client.isBehind) {
    const next = feed.chunk(client.position, chunkChars);
    if (next === null && client.isToldNow) return;
    client.position = next?.position ?? client.position;
    client.isToldNow ||= next === null;
    client.isBehind = !client.response.write(next?.text ?? now());
  }
}

/** Calls back later, once for all calls until then: who adds to the history is in the middle of the boot. */
function soon(callBack: () => void): () => void {
  let isDue = false;
  return () => {
    if (isDue) return;
    isDue = true;
    setImmediate(() => {
      isDue = false;
      callBack();
    });
  };
}

/** A timer that runs only while there is somebody. */
function whileAny(clients: ReadonlySet<Client>, onTime: () => void): { update: () => void } {
  let timer: NodeJS.Timeout | null = null;
  return {
    update: () => {
      if (clients.size === 0 && timer !== null) {
        clearInterval(timer);
        timer = null;
      } else if (clients.size > 0) timer ??= setInterval(onTime, nowEveryMs).unref();
    },
  };
}

async function ended(response: ServerResponse): Promise<void> {
  await new Promise<void>((resolve) => {
    response.once("close", resolve);
    response.end();
    setTimeout(resolve, closeGraceMs).unref();
  });
  response.destroy();
}
