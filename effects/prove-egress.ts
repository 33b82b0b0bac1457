import type { Effects } from "../src/ports.ts";
import { leadThrough } from "../src/os/default-route.ts";
import { writeAtomically } from "../src/os/files.ts";
import { exclusively, locks } from "../src/os/locks.ts";
import { tryRouters } from "../src/os/way-out.ts";
import { probeNamespace } from "../src/policy/names.ts";
import { resolverText } from "../src/policy/resolver.ts";

/**
 * Finds out from inside a NIC's probe namespace whether a target is reached, which proves the gateway too, or who answers in
 * its place, and if nobody does, whether a gateway answers ARP or neighbour discovery. Of several routers of a lease the one
 * that leads out gets the default route. Names are resolved with the DNS servers that the same network gave.
 *
 * @throws BootError `namespace-gone`, `aborted`, `tool-missing`, `bad-config`
 */
export const proveEgress: Effects["proveEgress"] = ({ nic, family, gateways, dnsServers, goals }, { signal }) =>
  exclusively(locks.nicFamily(nic, family), signal, async () => {
    const place = { namespace: probeNamespace(nic), signal };
    await exclusively(locks.nicResolver(nic), signal, () => giveResolver(place.namespace, dnsServers));
    const tried = family === "v4" ? 1 : gateways.length;
    const found = await tryRouters(
      {
        ...{ place, link: nic, family, patienceMs: null },
        gateways: gateways.slice(0, tried),
        spares: gateways.slice(tried),
        lead: (gateway) => leadThrough(place, nic, gateway),
      },
      { goals },
    );
    return { ...found, provenAtMs: performance.now() };
  });

/** The resolv.conf that `ip netns exec` puts over the node's (ip-netns(8)). */
async function giveResolver(namespace: string, dnsServers: string[]): Promise<void> {
  await writeAtomically(`/etc/netns/${namespace}/resolv.conf`, resolverText({ dnsServers, searchList: [] }));
}
