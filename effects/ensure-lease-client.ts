import type { DhcpChoice } from "../src/contract.ts";
import type { Effects, Supervisor } from "../src/ports.ts";
import { findDhcpProgram, keepClient, keptClient } from "../src/os/dhcp-client.ts";

/**
 * The supervisor keeps a DHCP client with this definition alive; a changed definition replaces the running client. One that
 * was found to need it goes on looking whether addresses are somebody's.
 *
 * @throws BootError `tool-missing` without a DHCP client
 */
export function ensureLeaseClient(
  supervisor: Supervisor,
  live: Readonly<{ dhcpClient: DhcpChoice }>,
): Effects["ensureLeaseClient"] {
  return async (asked) => {
    const kept = await keptClient(asked.service);
    const isChecking = kept?.clientId === asked.clientId && kept.checksAddress === true;
    const client = isChecking ? { ...asked, checksAddress: true as const } : asked;
    await supervisor.ensure({ ...client, program: await findDhcpProgram(live.dhcpClient) });
    await keepClient(client);
    return { service: client.service };
  };
}
