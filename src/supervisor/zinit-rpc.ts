import { callRpc, refusal } from "./json-rpc.ts";
import { servicesSchema, statusSchema, understood, type ZinitCalls } from "./zinit-calls.ts";

/** What stands between `service` and the verb: releases have `service_list`, and some before them had `service.list`. */
export type Separator = "_" | ".";

/**
 * Talks to zinit 0.2.15 to 0.2.28: JSON-RPC 2.0 (openrpc.json and src/app/rpc.rs of zinit). Most errors say no more than
 * `Internal error` there, so what they mean is found out by `list`.
 */
export function zinitRpc(socketPath: string, separator: Separator): ZinitCalls {
  const ask = async (verb: string, params: Record<string, unknown> = {}): Promise<unknown> => {
    const method = `service${separator}${verb}`;
    const { result, error } = await callRpc(socketPath, method, params);
    if (error !== null) throw refusal(method, error);
    return result;
  };
  const tell = async (verb: string, params: Record<string, unknown>): Promise<void> => {
    await ask(verb, params);
  };
  return {
    kind: "zinit-rpc",
    list: async () => understood(servicesSchema, await ask("list"), "list"),
    status: async (name) => understood(statusSchema, await ask("status", { name }), `status ${name}`),
    monitor: (name) => tell("monitor", { name }),
    stop: (name) => tell("stop", { name }),
    forget: (name) => tell("forget", { name }),
    kill: (name, signal) => tell("kill", { name, signal }),
  };
}
