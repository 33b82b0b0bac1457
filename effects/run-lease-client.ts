import type { ClientPlace, Effects, LeaseClient, ServiceSignal } from "../src/contract.ts";
import { BootError } from "../src/errors.ts";
import {
  awaitUnlocked,
  forgetService,
  isLocked,
  lockedCommand,
  readDefinition,
  writeDefinition,
} from "../src/os/service-lock.ts";
import { clientCommand, isClientOf, prepareEvents } from "../src/os/dhcp-client.ts";
import { anywhere, endProcesses, signalProcesses } from "../src/os/processes.ts";
import { exclusively } from "../src/os/queue.ts";
import { outliving, start } from "../src/os/run.ts";

/** Longer than a client is given to end: only then does flock(1) end too. */
const unlockMs = 5_000;

/** Whether the client of an earlier run goes on, with this very definition: one that may be left alone. */
export const findLeaseClient: Effects["findLeaseClient"] = async (client) => ({
  isRunning: (await readDefinition(client.service)) === definitionOf(client) && (await isLocked(client.service)),
});

/**
 * Runs the DHCP client of a service until it ends; a client that an earlier run of the program left behind is ended first,
 * so that there is one. When the signal aborts the client is let go: it runs on, for the next run to find.
 *
 * @throws BootError `tool-missing`, `aborted`
 */
export const runLeaseClient: Effects["runLeaseClient"] = (client, { signal }) =>
  exclusively(`service:${client.service}`, signal, async () => {
    await endClients(client);
    prepareEvents(client.service);
    await writeDefinition(client.service, definitionOf(client));
    const letGo = aborted(signal, client.service);
    if (signal.aborted) return letGo;
    const daemon = await start(lockedCommand(client.service, outliving(clientCommand(client))));
    const { exitCode, stderr } = await Promise.race([daemon.exited, letGo]);
    return { exitCode, stderr };
  });

/**
 * Resolves when a client that is no child of this process has ended.
 *
 * @throws BootError `aborted`, `command-failed`
 */
export const awaitLeaseClientEnd: Effects["awaitLeaseClientEnd"] = async ({ service }, { signal }) => {
  await awaitUnlocked(service, signal);
  return { service };
};

function definitionOf(client: LeaseClient): string {
  return JSON.stringify({ client, argv: clientCommand(client) });
}

/** The client that runs, or ran last, in a service; null when the service is not known. */
export async function clientOf(service: string): Promise<LeaseClient | null> {
  const definition = await readDefinition(service);
  return definition === null ? null : (JSON.parse(definition) as { client: LeaseClient }).client;
}

function aborted(signal: AbortSignal, service: string): Promise<never> {
  const promise = new Promise<never>((_, reject) => {
    const letGo = () => reject(new BootError("aborted", `the client of ${service} is let go`));
    if (signal.aborted) letGo();
    else signal.addEventListener("abort", letGo, { once: true });
  });
  promise.catch(() => undefined);
  return promise;
}

/**
 * Ends DHCP clients for an interface that nobody has a handle of. One in a namespace is looked for everywhere: when its
 * namespace was deleted under it, it holds the nameless rest of it, and the interfaces in there.
 *
 * @param keep process group of a client that goes on
 */
export async function endClients({ iface, namespace }: Omit<ClientPlace, "service">, keep?: number): Promise<void> {
  await endProcesses(
    namespace === null ? null : anywhere,
    ({ title, pgid }) => isClientOf(iface, title) && pgid !== keep,
  );
}

/** Sends a signal to the DHCP clients for an interface and to their helpers, which take none but those that end them. */
export async function signalClients(
  { iface, namespace }: Omit<ClientPlace, "service">,
  signal: ServiceSignal,
): Promise<void> {
  await signalProcesses(namespace, ({ title }) => isClientOf(iface, title), signal);
}

/** The service of the embedded supervisor is gone: its processes, its lock and what was noted of it. */
export async function removeClient(place: ClientPlace): Promise<void> {
  await endClients(place);
  await awaitUnlocked(place.service, AbortSignal.timeout(unlockMs));
  await forgetService(place.service);
}
