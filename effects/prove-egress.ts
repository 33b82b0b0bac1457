import type { Effects } from "../src/ports.ts";
import { leadThrough } from "../src/os/default-route.ts";
import { writeAtomically } from "../src/os/files.ts";
import { exclusively, locks } from "../src/os/locks.ts";
import type { Place } from "../src/os/ip.ts";
import { advertisedNat64 } from "../src/os/nat64.ts";
import { sourcedWay } from "../src/os/sourced-routers.ts";
import { noReserve, tryRouters, type WayOut } from "../src/os/way-out.ts";
import { probeNamespace } from "../src/policy/names.ts";
import { resolverText } from "../src/policy/resolver.ts";

/**
 * Finds out from inside a NIC's probe namespace whether a target is reached, which proves the gateway too, or who answers in
 * its place, and if nobody does, whether a gateway answers ARP or neighbour discovery. Of several routers of a lease, or of
 * several providers, the one that leads out gets the default route. Names are resolved with the DNS servers that the same network gave;
 * over IPv6, hosts with IPv4 alone are tried by the NAT64 that routers advertise.
 *
 * @throws BootError `namespace-gone`, `aborted`, `tool-missing`, `bad-config`
 */
export const proveEgress: Effects["proveEgress"] = ({ nic, family, gateways, dnsServers, goals }, { signal }) =>
  exclusively(locks.nicFamily(nic, family), signal, async () => {
    const place = { namespace: probeNamespace(nic), signal };
    await exclusively(locks.nicResolver(nic), signal, () => giveResolver(place.namespace, dnsServers));
    const nat64 = (inTime: Place) => advertisedNat64(inTime, nic);
    const way = { place, link: nic, family, patienceMs: null } as const;
    const found = await tryRouters({ ...way, ...(await routesOf(way, gateways)) }, { goals, nat64 });
    return { ...found, provenAtMs: performance.now() };
  });

/** Which routers are tried together, and which are in reserve. */
async function routesOf({ place, link, family }: Omit<WayOut, "gateways">, gateways: readonly string[]) {
  if (family === "v4")
    return {
      gateways: gateways.slice(0, 1),
      spares: gateways.slice(1),
      lead: (gateway: string) => leadThrough(place, link, gateway),
    };
  const found = gateways.length > 1 ? await sourcedWay({ place, link, lock: null }) : null;
  return found ?? { gateways, ...noReserve };
}

/** The resolv.conf that `ip netns exec` puts over the node's (ip-netns(8)). */
async function giveResolver(namespace: string, dnsServers: string[]): Promise<void> {
  await writeAtomically(`/etc/netns/${namespace}/resolv.conf`, resolverText({ dnsServers, searchList: [] }));
}
