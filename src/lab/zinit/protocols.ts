import type { Socket } from "node:net";
import { createInterface } from "node:readline";
import * as v from "valibot";
import { messageOf } from "../../errors.ts";
import type { Manager } from "./manager.ts";
import { splitWords } from "./split-words.ts";

/** Speaks with a client on a connection of its own until that is closed. */
type Protocol = (manager: Manager, socket: Socket) => void;

type Act = (manager: Manager, ...words: string[]) => unknown;

/** What zinit can be told by either protocol, and how many words follow. */
const verbs: Record<string, { count: number; act: Act }> = {
  list: { count: 0, act: (manager) => manager.list() },
  status: { count: 1, act: (manager, name = "") => manager.status(name) },
  monitor: { count: 1, act: (manager, name = "") => manager.monitor(name) },
  start: { count: 1, act: (manager, name = "") => manager.start(name) },
  stop: { count: 1, act: (manager, name = "") => manager.stop(name) },
  forget: { count: 1, act: (manager, name = "") => manager.forget(name) },
  kill: { count: 2, act: (manager, name = "", signal = "") => manager.kill(name, signal) },
};

/** zinit 0.2.9 to 0.2.14: one line, one answer without a line's end, and the connection is closed. */
const text: Protocol = (manager, socket) => {
  const lines = createInterface({ input: socket });
  // What befalls the socket is an error of the interface too (a client that does not wait for its answer).
  lines.on("error", () => lines.close());
  lines.once("line", (line) => {
    void answerOf(manager, line).then((answer) => socket.end(JSON.stringify(answer)));
  });
};

async function answerOf(manager: Manager, line: string): Promise<{ state: "ok" | "error"; body: unknown }> {
  try {
    const [verb, ...words] = splitWords(line) ?? fail("invalid command syntax");
    if (verb === undefined) fail("unknown command");
    const known = Object.hasOwn(verbs, verb) ? verbs[verb] : undefined;
    if (known?.count !== words.length) fail(`unknown command '${verb}' or wrong arguments count`);
    return { state: "ok", body: (await known.act(manager, ...words)) ?? null };
  } catch (error) {
    return { state: "error", body: messageOf(error) };
  }
}

function fail(message: string): never {
  throw new Error(message);
}

const requestSchema = v.object({
  jsonrpc: v.literal("2.0"),
  id: v.union([v.number(), v.string()]),
  method: v.string(),
  params: v.optional(v.union([v.record(v.string(), v.unknown()), v.array(v.unknown())]), {}),
});
type Request = v.InferOutput<typeof requestSchema>;

/** JSON-RPC 2.0 section 5.1. */
const codes = { methodNotFound: -32601, invalidParams: -32602, internalError: -32603 };

/** zinit 0.2.15 to 0.2.28: what is no whole JSON value yet is not answered; each answer is a line. */
const rpc: Protocol = (manager, socket) => {
  let said = "";
  socket.setEncoding("utf8");
  socket.on("data", (chunk: string) => {
    said += chunk;
    const request = requestIn(said);
    if (request === null) return;
    said = "";
    void replyTo(manager, request).then((reply) => socket.write(`${JSON.stringify(reply)}\n`));
  });
};

function requestIn(said: string): Request | null {
  try {
    const { success, output } = v.safeParse(requestSchema, JSON.parse(said));
    return success ? output : null;
  } catch {
    return null;
  }
}

async function replyTo(manager: Manager, { id, method, params }: Request): Promise<object> {
  const refuse = (code: number, message: string) => ({ jsonrpc: "2.0", id, error: { code, message } });
  const verb = method.replace(/^service_/, "");
  const known = method.startsWith("service_") && Object.hasOwn(verbs, verb) ? verbs[verb] : undefined;
  if (known === undefined) return refuse(codes.methodNotFound, "Method not found");
  const words = (Array.isArray(params) ? params : ["name", "signal"].map((key) => params[key])).slice(0, known.count);
  if (words.length !== known.count || !words.every((word) => typeof word === "string"))
    return refuse(codes.invalidParams, "Invalid params");
  try {
    return { jsonrpc: "2.0", id, result: (await known.act(manager, ...words)) ?? null };
  } catch {
    return refuse(codes.internalError, "Internal error"); // It says no more than that, whatever it is.
  }
}

/** By the name that `lab --supervisor` has for them. */
export const protocols = { text, rpc };
export type ProtocolName = keyof typeof protocols;
