import type { Effects, Supervisor } from "../src/contract.ts";

/** The supervisor keeps a DHCP client with this definition alive; a changed definition replaces the running client. */
export function ensureLeaseClient(supervisor: Supervisor): Effects["ensureLeaseClient"] {
  return async (client) => {
    await supervisor.ensure(client);
    return { service: client.service };
  };
}
