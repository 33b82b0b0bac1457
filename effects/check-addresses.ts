import type { DhcpChoice } from "../src/contract.ts";
import type { Effects, Supervisor } from "../src/ports.ts";
import { BootError } from "../src/errors.ts";
import { keepClient, keptClient } from "../src/os/dhcp-client.ts";
import { ensureLeaseClient } from "./ensure-lease-client.ts";

/**
 * The DHCP client of a service is run anew, and from now on looks whether an address is somebody's before it uses it, or does not.
 *
 * @throws BootError `unavailable` when no such client was ever ensured, `foreign`, `tool-missing` without a DHCP client
 */
export function checkAddresses(
  supervisor: Supervisor,
  live: Readonly<{ dhcpClient: DhcpChoice }>,
): Effects["checkAddresses"] {
  const ensure = ensureLeaseClient(supervisor, live);
  return async ({ service, isChecking }, control) => {
    const kept = await keptClient(service);
    if (kept === null) throw new BootError("unavailable", `there is no client ${service}`);
    const { checksAddress: _, ...client } = kept;
    await keepClient(isChecking ? { ...client, checksAddress: true } : client);
    return ensure(client, control);
  };
}
