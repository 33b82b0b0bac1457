import type { AddressFacts, Egress, Family, Hindrance } from "../src/contract.ts";
import type { Ways } from "../src/os/connect.ts";
import type { Place } from "../src/os/ip.ts";
import { dnsServersIn, recordsOf } from "../src/os/name-servers.ts";
import { leasedRouters, reserveOf } from "../src/os/spare-routers.ts";
import { readPlace } from "../src/os/place-reading.ts";
import { resolveTargets } from "../src/os/resolve.ts";
import { tryRouters } from "../src/os/way-out.ts";
import { dnsHindrance } from "../src/policy/dns-servers.ts";
import { egressOf } from "../src/policy/egress.ts";
import { names } from "../src/policy/names.ts";
import { namesAmong } from "../src/policy/target.ts";
import type { Effects } from "../src/ports.ts";

/** A host that is there answers within a few round-trip times. */
const patienceMs = 500;

/**
 * Finds out with real connections what the node and the network resources behind ndmz reach, in each family. Names are
 * resolved once, on the node. Of several routers of a lease the one that leads out gets the default route.
 *
 * @throws BootError `tool-missing`, `aborted`, `namespace-gone`
 */
export const proveReach: Effects["proveReach"] = async ({ goals }, { signal }) => {
  const node = { namespace: null, signal };
  const ndmz = { namespace: names.ndmz, signal };
  const [resolved, ofNode, ofNdmz, uplinkRouters, ndmzRouters] = await Promise.all([
    resolveTargets(goals.reachTargets),
    readPlace(node),
    readPlace(ndmz),
    leasedRouters(names.uplinkClient),
    leasedRouters(names.ndmzClient),
  ]);
  const hasNone = [...resolved.values()].every(({ v4, v6 }) => v4.length + v6.length === 0);
  const dns = hasNone ? await troubleWithDns(node, namesAmong(goals.reachTargets)) : null;
  const tried = (way: Way) => tryEgress(way, { goals, resolved, dns });
  const [zos, npub4, npub6] = [
    ofNode.addressesOf(names.bridge),
    ofNdmz.addressesOf(names.npub4),
    ofNdmz.addressesOf(names.npub6),
  ];
  const [node4, node6, workloads4, workloads6] = await Promise.all([
    tried({ place: node, link: names.bridge, family: "v4", addresses: zos, routers: uplinkRouters }),
    tried({ place: node, link: names.bridge, family: "v6", addresses: zos, routers: [] }),
    tried({ place: ndmz, link: names.npub4, family: "v4", addresses: npub4, routers: ndmzRouters }),
    tried({ place: ndmz, link: names.npub6, family: "v6", addresses: npub6, routers: [] }),
  ]);
  return { node: { v4: node4, v6: node6 }, workloads: { v4: workloads4, v6: workloads6 } };
};

interface Way {
  place: Place;
  link: string;
  family: Family;
  addresses: AddressFacts;
  /** All that the lease names. */
  routers: readonly string[];
}

interface Found extends Required<Pick<Ways, "goals" | "resolved">> {
  /** Why no target has an address. */
  dns: Hindrance | null;
}

async function troubleWithDns(place: Place, hosts: readonly string[]): Promise<Hindrance | null> {
  return dnsHindrance(await recordsOf(place, await dnsServersIn(place), hosts));
}

async function tryEgress({ addresses, routers, ...way }: Way, { dns, ...found }: Found): Promise<Egress> {
  const { family, link, place } = way;
  const gateways = family === "v4" ? addresses.gateways4 : addresses.gateways6;
  const { reached, hindrance, gatewayAnswers } =
    gateways.length === 0
      ? { reached: null, hindrance: null, gatewayAnswers: false }
      : await tryRouters({ ...way, gateways, patienceMs, ...reserveOf(place, link, { gateways, routers }) }, found);
  const hasTargets = [...found.resolved.values()].some((host) => host[family].length > 0);
  const trial = { family, link, addresses, hasTargets, hindrance: hindrance ?? dns };
  return {
    ...egressOf({ ...trial, isReached: reached !== null, isAnswered: gatewayAnswers }),
    since: new Date().toISOString(),
  };
}
