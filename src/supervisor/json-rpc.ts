import * as v from "valibot";
import { BootError } from "../errors.ts";
import { converse } from "../os/line-socket.ts";
import { parsed, understood } from "./zinit-calls.ts";

/** The version of JSON-RPC that zinit speaks. */
const jsonrpc = "2.0";
/** JSON-RPC 2.0 section 5.1: the method does not exist. */
export const methodNotFound = -32601;

const replySchema = v.union([
  v.object({
    jsonrpc: v.literal(jsonrpc),
    error: v.object({ code: v.number(), message: v.string(), data: v.optional(v.unknown()) }),
  }),
  v.object({ jsonrpc: v.literal(jsonrpc), result: v.nullish(v.unknown()) }),
]);

/** What came of a call: its result, or the error by which it was refused. */
export interface RpcReply {
  result: unknown;
  error: { code: number; message: string } | null;
}

/** The line that calls a method with named parameters. */
export function rpcLine(method: string, params: Record<string, unknown> = {}): string {
  return JSON.stringify({ jsonrpc, id: 1, method, params });
}

/** What an answer says as JSON-RPC, or null when it is none. */
export function rpcReplyOf(answer: string): RpcReply | null {
  const said = v.safeParse(replySchema, parsed(answer));
  if (!said.success) return null;
  if (!("error" in said.output)) return { result: said.output.result ?? null, error: null };
  const { code, message, data } = said.output.error;
  return {
    result: null,
    error: { code, message: data === undefined ? message : `${message}: ${JSON.stringify(data)}` },
  };
}

/**
 * Calls a method by a connection of its own, which needs no care when zinit was started anew (JSON-RPC 2.0).
 *
 * @throws BootError `bad-output` for an answer that is none of JSON-RPC, and what converse throws
 */
export async function callRpc(path: string, method: string, params: Record<string, unknown> = {}): Promise<RpcReply> {
  const answer = await converse(path, rpcLine(method, params));
  return rpcReplyOf(answer) ?? understood(v.never(), answer, method);
}

/** The error of a call that zinit refused. */
export function refusal(method: string, { code, message }: { code: number; message: string }): BootError {
  return new BootError("command-failed", `zinit ${method}: ${message} (${code})`, { command: method });
}
