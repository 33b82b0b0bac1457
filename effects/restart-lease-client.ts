import type { DhcpChoice } from "../src/contract.ts";
import type { Effects, Supervisor } from "../src/ports.ts";
import { endClients } from "../src/os/lease-clients.ts";
import { ensureLeaseClient } from "./ensure-lease-client.ts";

/**
 * The DHCP client of a service starts anew: one that runs is ended, and whatever became of its service, its supervisor has it as
 * defined and starts it. The address stays on the interface.
 *
 * @throws BootError `foreign` when the service belongs to others, `tool-missing` without a DHCP client
 */
export function restartLeaseClient(
  supervisor: Supervisor,
  live: Readonly<{ dhcpClient: DhcpChoice }>,
): Effects["restartLeaseClient"] {
  const ensure = ensureLeaseClient(supervisor, live);
  return async (client, control) => {
    const { state } = await supervisor.state(client.service);
    if (state === "running") await endClients(client);
    return ensure(client, control);
  };
}
