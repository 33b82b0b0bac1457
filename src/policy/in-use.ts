import type { Family, Lease, NicVerdict, ProbeFacts, Proof } from "../contract.ts";
import { defaultGatewaysOf, type NicConfig } from "./nic-config.ts";

/** What of a NIC may be in use. */
export interface Usable extends NicConfig {
  linksAbove: string[];
}

/**
 * By what a NIC is in use, for people; null when it is not. An IPv6 link-local address is the kernel's own doing on every
 * link that is switched on.
 */
export function useOf({ addresses, routes, linksAbove }: Usable): string | null {
  const carried = addresses
    .filter(({ family, scope }) => family === "inet" || scope !== "link")
    .map(({ local, prefixlen }) => `${local}/${prefixlen}`);
  const uses = [
    ...carried,
    ...(routes.length === 0 ? [] : [`${routes.length} ${routes.length === 1 ? "route" : "routes"}`]),
    ...linksAbove.map((link) => `${link} above it`),
  ];
  return uses.length === 0 ? null : uses.join(", ");
}

/** What was tried through a NIC in use, by the node's own routes; null where those lead elsewhere. */
export type Tried = Record<Family, Proof | null>;

/** A NIC as it stands, told as a probe of it would: a family that could not be tried is still to be known. */
export function factsOf(
  nic: { name: string; mac: string; mtuBytes: number },
  config: NicConfig & { hasCarrier: boolean },
  tried: Tried,
): ProbeFacts {
  const { ipv4, ipv6 } = defaultGatewaysOf(config);
  const usable = config.addresses.filter(({ tentative, scope }) => tentative !== true && scope !== "link");
  const own6 = usable.filter(({ family }) => family === "inet6");
  const lease = leaseOf(config, ipv4);
  const hasIpv6 = own6.length > 0 || ipv6.length > 0;
  const advert = {
    routers: ipv6,
    addresses: own6.map(({ local, prefixlen }) => `${local}/${prefixlen}`),
    dnsServers: [],
  };
  const untried: Family[] = [];
  if (ipv4.length > 0 && tried.v4 === null) untried.push("v4");
  if (ipv6.length > 0 && tried.v6 === null) untried.push("v6");
  return {
    ...{ nic: nic.name, mac: nic.mac, mtuBytes: nic.mtuBytes },
    ...{ carrierAtMs: config.hasCarrier ? 0 : null, listeningAtMs: config.hasCarrier ? 0 : null, gatewayAtMs: null },
    ...{ lease, advert: hasIpv6 ? advert : null, proof4: tried.v4, proof6: tried.v6 },
    ...{ pending: untried, isRouterLate: false, errors: [], fault: null },
  };
}

function leaseOf({ addresses }: NicConfig, gateways: string[]): Lease | null {
  const own = addresses.find(({ family }) => family === "inet");
  if (own === undefined) return null;
  return {
    ...{ address: own.local, prefixLength: own.prefixlen, gateways, server: null, dnsServers: [], searchList: [] },
    ...{ mtuBytes: null, leaseSeconds: 0, warnings: [] },
  };
}

/** The verdict on a NIC in use says that it is, and that it was not probed. */
export function asInUse(verdict: NicVerdict, use: string): NicVerdict {
  if (verdict.verdict === "ignored") return verdict;
  const reason =
    verdict.verdict === "unusable" && !verdict.reason.startsWith("no carrier")
      ? "no default gateway stands on it"
      : verdict.reason;
  return { ...verdict, reason: `${reason}; in use, so not probed (--disruptive does): ${use}` };
}
