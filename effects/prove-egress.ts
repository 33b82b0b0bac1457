import type { Effects } from "../src/ports.ts";
import { firstReachable } from "../src/os/connect.ts";
import { writeAtomically } from "../src/os/files.ts";
import { ip, readNeighbour, type Place } from "../src/os/ip.ts";
import { monitorKernel, waitFor } from "../src/os/monitor.ts";
import { exclusively, locks } from "../src/os/locks.ts";
import { probeNamespace } from "../src/policy/names.ts";
import { resolverText } from "../src/policy/resolver.ts";

/**
 * Finds out from inside a NIC's probe namespace whether a target accepts a connection, which proves the gateway too, and
 * if none does, whether a gateway answers ARP or neighbour discovery. Names are resolved with the DNS servers that the
 * same network gave.
 *
 * @throws BootError `namespace-gone`, `aborted`, `tool-missing`
 */
export const proveEgress: Effects["proveEgress"] = ({ nic, family, gateways, dnsServers, targets }, { signal }) =>
  exclusively(locks.nicFamily(nic, family), signal, async () => {
    const place = { namespace: probeNamespace(nic), signal };
    await exclusively(locks.nicResolver(nic), signal, () => giveResolver(place.namespace, dnsServers));
    const reached = await firstReachable(place, targets, [family]);
    const gatewayAnswers = reached !== null || (await answersAny(place, nic, gateways));
    return { gatewayAnswers, reached, provenAtMs: performance.now() };
  });

async function answersAny(place: Place, link: string, gateways: string[]): Promise<boolean> {
  const answers = await Promise.all(gateways.map((address) => answersNeighbour(place, { link, address })));
  return answers.includes(true);
}

/** The resolv.conf that `ip netns exec` puts over the node's (ip-netns(8)). */
async function giveResolver(namespace: string, dnsServers: string[]): Promise<void> {
  await writeAtomically(`/etc/netns/${namespace}/resolv.conf`, resolverText({ dnsServers, searchList: [] }));
}

/** Lets the kernel ask for the neighbour (`use`, ip-neighbour(8)) and waits for its verdict, 3 s when nobody answers. */
async function answersNeighbour(place: Place, gateway: { link: string; address: string }): Promise<boolean> {
  const monitor = await monitorKernel([{ namespace: place.namespace, objects: ["neigh"] }]);
  try {
    await ip(place, "neigh", "replace", gateway.address, "dev", gateway.link, "use");
    return await waitFor(monitor, place.signal, async () => {
      const state = await readNeighbour(place, gateway);
      if (state === null || state === "INCOMPLETE" || state === "NONE") return null;
      return state !== "FAILED";
    });
  } finally {
    await monitor.end();
  }
}
