import type { AddressFacts, Egress, Family, Hindrance } from "../src/contract.ts";
import type { Ways } from "../src/os/connect.ts";
import type { Place } from "../src/os/ip.ts";
import { beginNdmzIpv6Anew, beginNodeIpv6Anew } from "../src/os/ipv6-anew.ts";
import { exclusively, locks } from "../src/os/locks.ts";
import { dnsServersIn, recordsOf } from "../src/os/name-servers.ts";
import { leasedRouters, lockOf, reserveOf } from "../src/os/spare-routers.ts";
import { advertisedNat64 } from "../src/os/nat64.ts";
import { sourcedWay } from "../src/os/sourced-routers.ts";
import { type PlaceReading, readPlace } from "../src/os/place-reading.ts";
import { resolveTargets } from "../src/os/resolve.ts";
import { throwSerious } from "../src/os/serious.ts";
import { noReserve, tryRouters } from "../src/os/way-out.ts";
import { dnsHindrance } from "../src/policy/dns-servers.ts";
import { egressOf } from "../src/policy/egress.ts";
import { hasIpv4 } from "../src/policy/losses.ts";
import { names } from "../src/policy/names.ts";
import { hasSeveralProviders } from "../src/policy/sourced-routes.ts";
import { namesAmong } from "../src/policy/target.ts";
import type { Effects } from "../src/ports.ts";

/** A host that is there answers within a few round-trip times. */
const patienceMs = 500;

/**
 * Finds out with real connections what the node and the network resources behind ndmz reach, in each family. Names are
 * resolved once, on the node. Of several routers of a lease, or of several providers, the one that leads out gets the default
 * route. IPv6 begins anew first where that is wanted.
 *
 * @throws BootError `tool-missing`, `aborted`, `namespace-gone`
 */
export const proveReach: Effects["proveReach"] = async ({ goals, anew = [] }, { signal }) => {
  if (anew.includes("workloads")) await exclusively(locks.ndmz, signal, () => beginNdmzIpv6Anew(signal));
  if (anew.includes("node")) await beginNodeIpv6Anew(signal);
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
  const isIpv6Alone = !hasIpv4(ofNode.addressesOf(names.bridge));
  const tried = (way: Way) => tryEgress(way, { goals, resolved, dns, isIpv6Alone });
  const [node4, node6, workloads4, workloads6] = await Promise.all([
    tried({ place: node, link: names.bridge, family: "v4", reading: ofNode, routers: uplinkRouters }),
    tried({ place: node, link: names.bridge, family: "v6", reading: ofNode, routers: [] }),
    tried({ place: ndmz, link: names.npub4, family: "v4", reading: ofNdmz, routers: ndmzRouters }),
    tried({ place: ndmz, link: names.npub6, family: "v6", reading: ofNdmz, routers: [] }),
  ]);
  return { node: { v4: node4, v6: node6 }, workloads: { v4: workloads4, v6: workloads6 } };
};

interface Way {
  place: Place;
  link: string;
  family: Family;
  reading: PlaceReading;
  /** All that the lease names. */
  routers: readonly string[];
}

interface Found extends Required<Pick<Ways, "goals" | "resolved">> {
  /** Why no target has an address. */
  dns: Hindrance | null;
  /** Whether hosts with IPv4 alone can only be reached by a NAT64. */
  isIpv6Alone: boolean;
}

async function troubleWithDns(place: Place, hosts: readonly string[]): Promise<Hindrance | null> {
  return dnsHindrance(await recordsOf(place, await dnsServersIn(place), hosts));
}

async function tryEgress({ reading, routers, ...way }: Way, { dns, isIpv6Alone, ...found }: Found): Promise<Egress> {
  const { family, link } = way;
  const addresses = reading.addressesOf(link);
  const nat64 = (inTime: Place) => advertisedNat64(inTime, link);
  const routes = family === "v4" ? reserveFor(way, addresses, routers) : await sourcedFor(way, reading);
  const { reached, hindrance, gatewayAnswers } =
    routes.gateways.length === 0
      ? { reached: null, hindrance: null, gatewayAnswers: false }
      : await tryRouters({ ...way, patienceMs, ...routes }, { ...found, ...(isIpv6Alone ? { nat64 } : {}) });
  const hasTargets = [...found.resolved.values()].some((host) => host[family].length > 0);
  const trial = { family, link, addresses, hasTargets, hindrance: hindrance ?? dns };
  return {
    ...egressOf({ ...trial, isReached: reached !== null, isAnswered: gatewayAnswers }),
    since: new Date().toISOString(),
  };
}

type At = Pick<Way, "place" | "link">;

function reserveFor({ place, link }: At, { gateways4: gateways }: AddressFacts, routers: readonly string[]) {
  return { gateways, ...reserveOf(place, link, { gateways, routers }) };
}

/** Of several providers' routers one leads, and the others are in reserve; where they cannot be told apart, all are tried as they are. */
async function sourcedFor({ place, link }: At, { addressesOf, sourcedRoutesOf }: PlaceReading) {
  const addresses = addressesOf(link);
  const isConcerned = hasSeveralProviders(addresses) || sourcedRoutesOf(link).length > 0;
  const found = isConcerned ? await sourcedWay({ place, link, lock: lockOf(place) }).catch(throwSerious) : null;
  return found ?? { gateways: addresses.gateways6, ...noReserve };
}
