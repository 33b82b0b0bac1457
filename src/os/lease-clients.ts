import type { ClientPlace, LeaseClient, ServiceSignal } from "../contract.ts";
import { clientCommand, isClientOf } from "./dhcp-client.ts";
import { anywhere, endProcesses, groupOf, signalProcesses } from "./processes.ts";
import { awaitUnlocked, forgetService, readDefinition } from "./service-lock.ts";

/** Longer than a client is given to end: only then does flock(1) end too. */
const unlockMs = 5_000;

/** What is noted of a client that is started under its service's lock: with the same definition it is the same client. */
export function definitionOf(client: LeaseClient): string {
  return JSON.stringify({ client, argv: clientCommand(client) });
}

/** The client that runs, or ran last, in a service; null when the service is not known. */
export async function clientOf(service: string): Promise<LeaseClient | null> {
  const definition = await readDefinition(service);
  return definition === null ? null : (JSON.parse(definition) as { client: LeaseClient }).client;
}

/**
 * Ends DHCP clients for an interface that nobody has a handle of. One in a namespace is looked for everywhere: when its
 * namespace was deleted under it, it holds the nameless rest of it, and the interfaces in there.
 *
 * @param keep process that goes on, with all of its group
 * @throws BootError `timeout` when one survives
 */
export async function endClients({ iface, namespace }: Omit<ClientPlace, "service">, keep?: number): Promise<void> {
  const kept = keep === undefined ? null : groupOf(keep);
  await endProcesses(
    namespace === null ? null : anywhere,
    ({ title, pgid }) => isClientOf(iface, title) && pgid !== kept,
  );
}

/** Sends a signal to the DHCP clients for an interface and to their helpers, which take none but those that end them. */
export async function signalClients(
  { iface, namespace }: Omit<ClientPlace, "service">,
  signal: ServiceSignal,
): Promise<void> {
  await signalProcesses(namespace, ({ title }) => isClientOf(iface, title), signal);
}

/**
 * The service of the embedded supervisor is gone: its processes, its lock and what was noted of it.
 *
 * @throws BootError `timeout` when a client survives, `aborted` when its lock is not free 5 s later
 */
export async function removeClient(place: ClientPlace): Promise<void> {
  await endClients(place);
  await awaitUnlocked(place.service, AbortSignal.timeout(unlockMs));
  await forgetService(place.service);
}
