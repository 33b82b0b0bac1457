import type { Effects } from "../src/ports.ts";
import { BootError } from "../src/errors.ts";
import { clientCommand, prepareEvents } from "../src/os/dhcp-client.ts";
import { definitionOf, endClients } from "../src/os/lease-clients.ts";
import { exclusively, locks } from "../src/os/locks.ts";
import { outliving, start } from "../src/os/run.ts";
import { lockedCommand, writeDefinition } from "../src/os/service-lock.ts";

/**
 * Runs the DHCP client of a service until it ends; a client that an earlier run of the program left behind is ended first,
 * so that there is one. When the signal aborts the client is let go: it runs on, for the next run to find.
 *
 * @throws BootError `tool-missing`, `aborted`
 */
export const runLeaseClient: Effects["runLeaseClient"] = (client, { signal }) =>
  exclusively(locks.service(client.service), signal, async () => {
    await endClients(client);
    prepareEvents(client.service);
    await writeDefinition(client.service, definitionOf(client));
    const letGo = aborted(signal, client.service);
    if (signal.aborted) return letGo;
    const daemon = await start(lockedCommand(client.service, outliving(clientCommand(client))));
    const { exitCode, stderr } = await Promise.race([daemon.exited, letGo]);
    return { exitCode, stderr };
  });

function aborted(signal: AbortSignal, service: string): Promise<never> {
  const promise = new Promise<never>((_, reject) => {
    const letGo = () => reject(new BootError("aborted", `the client of ${service} is let go`));
    if (signal.aborted) letGo();
    else signal.addEventListener("abort", letGo, { once: true });
  });
  promise.catch(() => undefined);
  return promise;
}
