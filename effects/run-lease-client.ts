import type { Effects, LeaseClient } from "../src/contract.ts";
import { clientCommand, isClientOf, prepareEvents } from "../src/os/dhcp-client.ts";
import { anywhere, endProcesses } from "../src/os/processes.ts";
import { exclusively } from "../src/os/queue.ts";
import { start } from "../src/os/run.ts";

/**
 * Runs the DHCP client of a service until it ends or the signal aborts; a client that an earlier run of the program left
 * behind is ended first, so that there is one. Its address stays on the interface.
 *
 * @throws BootError `tool-missing`
 */
export const runLeaseClient: Effects["runLeaseClient"] = (client, { signal }) =>
  exclusively(`service:${client.service}`, signal, async () => {
    await endClients(client);
    prepareEvents(client.service);
    const daemon = await start(clientCommand(client));
    const end = () => void daemon.end();
    signal.addEventListener("abort", end);
    if (signal.aborted) end();
    const { exitCode, stderr } = await daemon.exited;
    signal.removeEventListener("abort", end);
    return { exitCode, stderr };
  });

/**
 * Ends DHCP clients for an interface that nobody has a handle of. One in a namespace is looked for everywhere: when its
 * namespace was deleted under it, it holds the nameless rest of it, and the interfaces in there.
 */
export async function endClients({ iface, namespace }: Pick<LeaseClient, "iface" | "namespace">): Promise<void> {
  await endProcesses(namespace === null ? null : anywhere, ({ title }) => isClientOf(iface, title));
}
