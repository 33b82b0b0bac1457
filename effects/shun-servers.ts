import type { Lease } from "../src/contract.ts";
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
    const servers = "servers" in which ? which.servers : await lessors(nic, which, signal);
    const shunned = mayShun(servers, await readOffering(nic, signal)) ? servers : [];
    await shunOnly(nic, shunned, signal);
    return { shunned };
  });

interface Lessee {
  lessorOf: string;
  unlessOf?: string | null;
}

/** The server of a client's latest lease, and those that are not heard already; these alone where the other's lease is of it too. */
async function lessors(nic: string, { lessorOf, unlessOf = null }: Lessee, signal: AbortSignal): Promise<string[]> {
  const [lease, other] = await Promise.all([leaseFor(lessorOf), unlessOf === null ? null : leaseFor(unlessOf)]);
  const shunned = await readShunned(nic, signal);
  const isShared = lease !== null && lease.server === other?.server;
  return isShared ? shunned : triedServers({ lease, shunned });
}

async function leaseFor(service: string): Promise<Lease | null> {
  const event = await lastEvent(service);
  return event && leaseOf(event);
}
