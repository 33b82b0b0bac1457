import type { DhcpChoice } from "../src/contract.ts";
import type { Effects, Supervisor } from "../src/ports.ts";
import { findDhcpProgram, keepClientId } from "../src/os/dhcp-client.ts";

/**
 * The supervisor keeps a DHCP client with this definition alive; a changed definition replaces the running client.
 *
 * @throws BootError `tool-missing` without a DHCP client
 */
export function ensureLeaseClient(
  supervisor: Supervisor,
  live: Readonly<{ dhcpClient: DhcpChoice }>,
): Effects["ensureLeaseClient"] {
  return async (client) => {
    await supervisor.ensure({ ...client, program: await findDhcpProgram(live.dhcpClient) });
    await keepClientId(client);
    return { service: client.service };
  };
}
