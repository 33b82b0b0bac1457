import { isDeepStrictEqual } from "node:util";
import * as v from "valibot";
import type { ClientPlace, LeaseClient, ServiceState } from "../contract.ts";
import type { Supervisor } from "../ports.ts";
import { BootError } from "../errors.ts";
import { eventDirectory, prepareEvents } from "../os/dhcp-client.ts";
import { exists } from "../os/files.ts";
import { endClients } from "../os/lease-clients.ts";
import { exclusively, locks } from "../os/locks.ts";
import { checkedService } from "../policy/names.ts";
import { stateOfZinit3 } from "../policy/service-state.ts";
import { quoteWords } from "../policy/shell-words.ts";
import { timing } from "../policy/timing.ts";
import { definitionOf, isOurs } from "./definition.ts";
import { callRpc, refusal } from "./json-rpc.ts";
import { untilDown } from "./until.ts";
import { watchServices } from "./watch-services.ts";
import { understood } from "./zinit-calls.ts";

/** src/sdk/protocol.rs of zinit 0.3: there is no such service. */
const serviceNotFound = -32000;

const statusSchema = v.object({ state: v.string(), pid: v.number(), error: v.optional(v.string()) });
type Status = v.InferOutput<typeof statusSchema>;

/** What of a definition this program sets. */
const configSchema = v.object({
  service: v.object({ name: v.string(), exec: v.string(), env: v.record(v.string(), v.string()) }),
  lifecycle: v.object({
    restart: v.string(),
    max_restarts: v.number(),
    restart_delay_ms: v.number(),
    restart_delay_max_ms: v.number(),
  }),
});
type Config = v.InferOutput<typeof configSchema>;

/**
 * A service as zinit 0.3 has it. It runs `sh -c EXEC`, and `exec` leaves no shell between it and the client, which a signal
 * would end in the client's stead; but the first word must be a program that exists.
 */
function configOf(client: LeaseClient): Config {
  const { name, argv, env } = definitionOf(client);
  return {
    service: { name, exec: `/usr/bin/env true && exec ${quoteWords(argv)}`, env },
    lifecycle: {
      restart: "always",
      max_restarts: 0, // no limit
      restart_delay_ms: timing.serviceBackoff.baseMs,
      restart_delay_max_ms: timing.serviceBackoff.capMs,
    },
  };
}

type Ask = (verb: string, params: Record<string, unknown>) => Promise<unknown>;

/** The supervisor of a node whose process manager is zinit 0.3, tried with 0.3.9. */
export function createZinit3Supervisor(socketPath: string): Supervisor {
  /** Null for a service that does not exist. */
  const ask: Ask = async (verb, params) => {
    const method = `service.${verb}`;
    const { result, error } = await callRpc(socketPath, method, params);
    if (error?.code === serviceNotFound) return null;
    if (error !== null) throw refusal(method, error);
    return result;
  };
  const alone = (service: string, act: () => Promise<void>) =>
    exclusively(locks.service(service), new AbortController().signal, act);
  return {
    kind: "zinit-3",
    ensure: (client) => alone(client.service, () => ensure(ask, client)),
    state: (service) => stateOf(ask, checkedService(service)),
    findForeign: async (service) => ((await find(ask, service)).isForeign ? `service ${service} of zinit` : null),
    watch: (services, onChange) => watchServices((service) => stateOf(ask, service), services, onChange),
    signal: async (service, signal) => {
      if ((await ask("kill", { name: checkedService(service), signal })) === null)
        throw new BootError("unavailable", `zinit knows no service ${service}`);
    },
    remove: (place) => alone(place.service, () => removeService(ask, place)),
  };
}

async function statusOf(ask: Ask, name: string): Promise<Status | null> {
  return understood(v.nullable(statusSchema), await ask("status", { name }), "service.status");
}

async function stateOf(ask: Ask, name: string): Promise<ServiceState> {
  const status = await statusOf(ask, name);
  return status === null ? { state: "absent", detail: "not known" } : stateOfZinit3(status.state, status.error);
}

/** The definition that zinit has, null when it has none; one without this program's mark belongs to others. */
async function find(ask: Ask, name: string): Promise<{ config: unknown; isForeign: boolean }> {
  const config = await ask("get", { name: checkedService(name) });
  const { service } = (config ?? {}) as { service?: { env?: unknown } };
  return { config, isForeign: config !== null && !isOurs(name, service?.env) };
}

async function ensure(ask: Ask, client: LeaseClient): Promise<void> {
  const { service } = client;
  const { config, isForeign } = await find(ask, service);
  if (isForeign) throw new BootError("foreign", `zinit has a service ${service} that belongs to others`);
  const wanted = configOf(client);
  // One that zinit started by itself when the node was switched on has nowhere to tell its events.
  if (config !== null && isSame(config, wanted) && (await exists(eventDirectory(service)))) {
    // A zinit that ends leaves its clients running, which keeps those of the next zinit from starting.
    await endClients(client, (await statusOf(ask, service))?.pid);
    // Nothing happens to one that runs, or that is still being stopped; one that was, or that zinit gave up, is started.
    await untilDown(service, async () => (await statusOf(ask, service))?.state !== "stopping");
    await ask("start", { name: service });
    return;
  }
  if (config !== null) await withdraw(ask, client);
  await endClients(client);
  prepareEvents(service);
  await ask("set", { config: wanted });
}

/** zinit gives back what it was given, and its own defaults, which the schema leaves out. */
function isSame(config: unknown, wanted: Config): boolean {
  const found = v.safeParse(configSchema, config);
  return found.success && isDeepStrictEqual(found.output, wanted);
}

/** Stops the service before it is deleted: while zinit 0.3.9 deletes one that runs, it answers nobody for 5 s. */
async function withdraw(ask: Ask, place: ClientPlace): Promise<void> {
  const { service: name } = place;
  const isActive = async () => ["starting", "running", "stopping"].includes((await statusOf(ask, name))?.state ?? "");
  // Refused when the process has ended just now; zinit starts it again then, and is asked again.
  const stop = async () => {
    await ask("stop", { name }).catch((error: unknown) => {
      if (!(error instanceof BootError) || error.code !== "command-failed") throw error;
    });
    await endClients(place);
  };
  await untilDown(name, async () => {
    if (!(await isActive())) return true;
    await stop();
    return !(await isActive());
  });
  await ask("delete", { name });
}

async function removeService(ask: Ask, place: ClientPlace): Promise<void> {
  const { config, isForeign } = await find(ask, place.service);
  if (isForeign) return;
  if (config !== null) await withdraw(ask, place);
  await endClients(place);
}
