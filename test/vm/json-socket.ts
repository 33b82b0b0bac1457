import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";

type Message = Record<string, unknown>;

/** A conversation in lines of JSON with qemu or the agent in the guest: both answer a request with its `id`. */
export interface JsonSocket {
  /** Sends a request and gives what is returned; rejects with the error's description, or when the signal comes first. */
  ask: (execute: string, args?: Message, signal?: AbortSignal) => Promise<unknown>;
  /** Resolves at the next event of this name for which the condition holds. */
  event: (name: string, isMeant?: (data: Message) => boolean, signal?: AbortSignal) => Promise<Message>;
  close: () => void;
}

const connectMs = 20_000;

/** Connects to a socket that may yet have to come into being. */
export async function openJsonSocket(path: string): Promise<JsonSocket> {
  const socket = await connected(path, performance.now() + connectMs);
  const answers = new Map<number, (message: Message) => void>();
  const listeners = new Set<(message: Message) => void>();
  const lines = createInterface({ input: socket });
  lines.on("line", (line) => {
    const message = parsed(line);
    if (typeof message["id"] === "number") answers.get(message["id"])?.(message);
    else for (const listener of listeners) listener(message);
  });
  // A machine that goes off resets it; whoever waits for an answer knows of the machine's end.
  for (const each of [socket, lines]) each.on("error", () => socket.destroy());
  let id = 0;
  return {
    ask: async (execute, args, signal) => {
      id += 1;
      const own = id;
      const answer = new Promise<Message>((resolve) => answers.set(own, resolve));
      socket.write(`${JSON.stringify({ execute, id: own, ...(args && { arguments: args }) })}\n`);
      try {
        return resultOf(execute, await orAborted(answer, signal));
      } finally {
        answers.delete(own);
      }
    },
    event: async (name, isMeant = () => true, signal) => {
      let listener: (message: Message) => void = () => undefined;
      const happened = new Promise<Message>((resolve) => {
        listener = ({ event, data = {} }) => {
          if (event === name && isMeant(data as Message)) resolve(data as Message);
        };
      });
      listeners.add(listener);
      return orAborted(happened, signal).finally(() => listeners.delete(listener));
    },
    close: () => socket.destroy(),
  };
}

async function connected(path: string, deadline: number): Promise<Socket> {
  for (;;) {
    const socket = connect(path);
    try {
      await once(socket, "connect");
      return socket;
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await delay(50);
    }
  }
}

/** What a guest says while it starts may be half a line. */
function parsed(line: string): Message {
  try {
    return JSON.parse(line) as Message;
  } catch {
    return {};
  }
}

function resultOf(execute: string, { error, return: result }: Message): unknown {
  if (error === undefined) return result;
  throw new Error(`${execute}: ${(error as { desc?: string }).desc ?? JSON.stringify(error)}`);
}

async function orAborted<T>(wanted: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return wanted;
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason as Error);
    signal.addEventListener("abort", abort, { once: true });
    void wanted.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
