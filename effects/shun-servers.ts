import type { Effects } from "../src/ports.ts";
import { lastEvent } from "../src/os/dhcp-client.ts";
import { readOffering, readShunned, shunOnly } from "../src/os/dhcp-guard.ts";
import { exclusively, locks } from "../src/os/locks.ts";
import { mayShun, triedServers } from "../src/policy/dhcp-guard.ts";
import { leaseOf } from "../src/policy/lease.ts";

/**
 * The DHCP clients behind a NIC no longer hear these servers, unless that would leave none that has offered a lease: then they
 * hear all again. The clients of `zos` and `npub4` are behind the NIC too, once it is used.
 *
 * @throws BootError `aborted`, `bad-output` for a lease without a usable address
 */
export const shunServers: Effects["shunServers"] = ({ nic, ...which }, { signal }) =>
  exclusively(locks.nicFamily(nic, "v4"), signal, async () => {
    const servers = "servers" in which ? which.servers : await lessors(nic, which.lessorOf, signal);
    const shunned = mayShun(servers, await readOffering(nic, signal)) ? servers : [];
    await shunOnly(nic, shunned, signal);
    return { shunned };
  });

/** The server of a client's latest lease, and those that are not heard already. */
async function lessors(nic: string, service: string, signal: AbortSignal): Promise<string[]> {
  const event = await lastEvent(service);
  return triedServers({ lease: event && leaseOf(event), shunned: await readShunned(nic, signal) });
}
