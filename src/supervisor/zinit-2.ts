import { join } from "node:path";
import type { ClientPlace, LeaseClient, ServiceState } from "../contract.ts";
import type { Supervisor } from "../ports.ts";
import { BootError, messageOf } from "../errors.ts";
import { eventDirectory, prepareEvents } from "../os/dhcp-client.ts";
import { exists, prepareFile, type PreparedFile, readText, remove } from "../os/files.ts";
import { endClients } from "../os/lease-clients.ts";
import { exclusively, locks } from "../os/locks.ts";
import { checkedService } from "../policy/names.ts";
import { stateOfZinit2 } from "../policy/service-state.ts";
import { definitionOf, isOurYaml, yamlOf } from "./definition.ts";
import { untilDown } from "./until.ts";
import { watchServices } from "./watch-services.ts";
import type { ZinitCalls } from "./zinit-calls.ts";

/** A zinit, and where it reads its services. */
interface Zinit {
  calls: ZinitCalls;
  directory: string;
}

/** What zinit and its directory have of a service. */
interface Found {
  file: string;
  text: string | null;
  isKnown: boolean;
  isForeign: boolean;
}

/**
 * The supervisor of a node whose process manager is zinit 0.2: a service is a file in zinit's directory that zinit was told
 * to monitor. Its `start` is never used: in some versions it starts a second process beside the one that runs.
 */
export function createZinit2Supervisor(calls: ZinitCalls, directory: string): Supervisor {
  const zinit = { calls, directory };
  const alone = (service: string, act: () => Promise<void>) =>
    exclusively(locks.service(service), new AbortController().signal, act);
  return {
    kind: calls.kind,
    ensure: (client) => alone(client.service, () => ensure(zinit, client)),
    state: (service) => stateOf(calls, service),
    findForeign: async (service) => {
      const { file, isForeign } = await find(zinit, service);
      return isForeign ? `service ${service} of zinit (${file})` : null;
    },
    watch: (services, onChange) => watchServices((service) => stateOf(calls, service), services, onChange),
    signal: (service, signal) => calls.kill(checkedService(service), signal),
    remove: (place) => alone(place.service, () => removeService(zinit, place)),
  };
}

async function stateOf(calls: ZinitCalls, service: string): Promise<ServiceState> {
  if ((await calls.list())[service] === undefined) return { state: "absent", detail: "not known" };
  const { state, target } = await calls.status(checkedService(service));
  return stateOfZinit2(state, target);
}

async function find({ calls, directory }: Zinit, service: string): Promise<Found> {
  const file = join(directory, `${checkedService(service)}.yaml`);
  const [text, services] = await Promise.all([readText(file), calls.list()]);
  const isKnown = services[service] !== undefined;
  return { file, text, isKnown, isForeign: text === null ? isKnown : !isOurYaml(service, text) };
}

/** The new file is written before the old service is touched, and put in its place when that is gone. */
async function ensure(zinit: Zinit, client: LeaseClient): Promise<void> {
  const { service } = client;
  const { file, text, isKnown, isForeign } = await find(zinit, service);
  if (isForeign) throw new BootError("foreign", `zinit has a service ${service} that belongs to others, see ${file}`);
  const wanted = yamlOf(definitionOf(client));
  if (isKnown && text === wanted && (await isCaredFor(zinit, client))) return;
  const prepared = await prepare(file, wanted);
  try {
    if (isKnown) await withdraw(zinit, client);
    await endClients(client);
    prepareEvents(service);
  } catch (error) {
    await prepared.drop();
    throw error;
  }
  await prepared.put();
  await monitor(zinit, service);
}

async function prepare(file: string, text: string): Promise<PreparedFile> {
  try {
    return await prepareFile(file, text);
  } catch (error) {
    throw new BootError("command-failed", `${file} cannot be written: ${messageOf(error)}`, { cause: error });
  }
}

/**
 * Whether zinit runs the service, or starts it again when it ended: it gives up on one that it could not spawn. One that
 * zinit started by itself when the node was switched on has nowhere to tell its events. What a zinit that was killed left
 * running keeps the clients of the next one from starting, and is ended.
 */
async function isCaredFor({ calls }: Zinit, client: LeaseClient): Promise<boolean> {
  const { state, target, pid } = await calls.status(client.service);
  const isTried = target === "Up" && stateOfZinit2(state, target).state !== "failed";
  if (!isTried || !(await exists(eventDirectory(client.service)))) return false;
  await endClients(client, pid);
  return true;
}

/** That it is monitored already is as good; whether it is, the list says in all versions. */
async function monitor({ calls }: Zinit, service: string): Promise<void> {
  try {
    await calls.monitor(service);
  } catch (error) {
    if ((await calls.list())[service] === undefined) throw error;
  }
}

/** Stops a service, ends what is left of its processes, and has zinit forget it. */
async function withdraw({ calls }: Zinit, place: ClientPlace): Promise<void> {
  const { service } = place;
  await calls.stop(service).catch((error: unknown) => {
    // The process ended just now: from here on zinit does not start it again.
    if (!(error instanceof BootError) || error.code !== "command-failed") throw error;
  });
  await endClients(place);
  await untilDown(service, async () => (await calls.status(service)).pid === 0);
  await calls.forget(service);
}

async function removeService(zinit: Zinit, place: ClientPlace): Promise<void> {
  const { file, isKnown, isForeign } = await find(zinit, place.service);
  if (isForeign) return;
  if (isKnown) await withdraw(zinit, place);
  await remove(file);
  await endClients(place);
}
