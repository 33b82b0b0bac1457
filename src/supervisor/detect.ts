import { realpath } from "node:fs/promises";
import * as v from "valibot";
import type { Supervisor } from "../ports.ts";
import { BootError } from "../errors.ts";
import { converse } from "../os/line-socket.ts";
import { methodNotFound, refusal, rpcLine, rpcReplyOf, callRpc } from "./json-rpc.ts";
import { understood } from "./zinit-calls.ts";
import { zinitRpc } from "./zinit-rpc.ts";
import { isTextReply, zinitText } from "./zinit-text.ts";

/** Where zinit listens and reads its services; the socket as each generation has it, and as `ZINIT_SOCKET` says. */
export interface ZinitPlaces {
  sockets: readonly string[];
  directory: string;
}

/** Where a zinit may be spoken to. */
export function zinitPlaces(environment: Record<string, string | undefined>): ZinitPlaces {
  const { ZINIT_SOCKET: named } = environment;
  const usual = ["/var/run/zinit.sock", "/run/zinit.sock"];
  return { sockets: named === undefined || named === "" ? usual : [named], directory: "/etc/zinit" };
}

/** Known to zinit 0.3 alone; to those before it neither a command nor a method, so that it does nothing. */
const question = "system.ping";

/**
 * The zinit that runs on this node, with the protocol that it speaks; null when none does.
 *
 * @throws BootError `timeout`, `bad-output` for a zinit that does not answer as any version of it would
 */
export async function findZinit({ sockets, directory }: ZinitPlaces): Promise<Supervisor | null> {
  const found = await Promise.all(sockets.map((path) => realpath(path).catch(() => null)));
  for (const path of new Set(found.filter((each) => each !== null))) {
    const answer = await converse(path, rpcLine(question)).catch(nobody);
    if (answer !== null) return zinitAt(path, answer, directory);
  }
  return null;
}

/** A socket that nobody listens on is what an ended process leaves. */
function nobody(error: unknown): null {
  if (error instanceof BootError && error.code === "unavailable") return null;
  throw error;
}

async function zinitAt(path: string, answer: string, directory: string): Promise<Supervisor> {
  const [{ createZinit2Supervisor }, { createZinit3Supervisor }] = await Promise.all([
    import("./zinit-2.ts"),
    import("./zinit-3.ts"),
  ]);
  if (isTextReply(answer)) return createZinit2Supervisor(zinitText(path), directory);
  const reply = rpcReplyOf(answer);
  if (reply === null) return understood(v.never(), answer, question);
  if (reply.error === null) {
    const { version } = understood(v.object({ version: v.string() }), reply.result, question);
    if (version.startsWith("0.3.")) return createZinit3Supervisor(path);
    throw new BootError("unsupported", `zinit at ${path} is version ${version}; known are 0.2 and 0.3`);
  }
  for (const separator of ["_", "."] as const) {
    const { error } = await callRpc(path, `service${separator}list`);
    if (error === null) return createZinit2Supervisor(zinitRpc(path, separator), directory);
    if (error.code !== methodNotFound) throw refusal("list", error);
  }
  throw new BootError("unsupported", `zinit at ${path} has no method to list its services`);
}
