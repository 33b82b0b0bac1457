import ipaddr from "ipaddr.js";
import type { AddressFacts, Family, Hindrance, ProbeFacts, Proof } from "../contract.ts";
import { classOf, classOfIpv4, isGlobalIpv6, isLinkLocalIpv4, isUniqueLocal } from "./addresses.ts";

/** What is known of the network behind one NIC: from its probe, or from the kernel while the NIC is in use. */
export interface NicNetwork extends AddressFacts {
  nic: string;
  hasCarrier: boolean;
  /** An operator wants it left alone. */
  isIgnored: boolean;
  /** Whether a target was reached; null where that was not tried. */
  reaches: Record<Family, boolean | null>;
  /** What keeps it from being the Internet, where something there has shown. */
  hindrances: Record<Family, Hindrance | null>;
  /** Whether a default gateway answers its neighbours; null where that was not tried. */
  answers: Record<Family, boolean | null>;
  /** The families of which more may still be learnt. */
  pending: Family[];
  /** What went wrong while it was probed, and what of the lease made no sense. */
  troubles: string[];
  /** Why its probe learnt nothing of the network; null when the network was heard, or is silent. */
  fault: string | null;
}

/** What IPv4 is like on a network. */
export type Ipv4Kind = "private" | "shared" | "public" | "noGateway" | "linkLocal" | "none";
/** What IPv6 is like on a network. */
export type Ipv6Kind = "global" | "ula" | "noRouter" | "noAddress" | "none";

/** The addresses and gateways that a probe was given. */
export function addressesOf({ lease, advert }: Pick<ProbeFacts, "lease" | "advert">): AddressFacts {
  return {
    ipv4: lease === null ? [] : [`${lease.address}/${lease.prefixLength}`],
    gateways4: lease?.gateways ?? [],
    ipv6: advert?.addresses ?? [],
    gateways6: advert?.routers ?? [],
  };
}

/** The network that a probe found behind its NIC. */
export function networkOf(facts: ProbeFacts, isIgnored = false): NicNetwork {
  const { nic, lease, advert, proof4, proof6, carrierAtMs, pending, errors, fault } = facts;
  return {
    nic,
    hasCarrier: carrierAtMs !== null,
    isIgnored,
    ...addressesOf(facts),
    reaches: { v4: reachesOf(proof4), v6: reachesOf(proof6) },
    hindrances: { v4: proof4?.hindrance ?? null, v6: proof6?.hindrance ?? null },
    answers: { v4: proof4?.gatewayAnswers ?? null, v6: proof6?.gatewayAnswers ?? null },
    pending: carrierAtMs === null ? [] : pending,
    troubles: [...errors, ...(lease?.warnings ?? [])],
    fault: lease === null && advert === null ? fault : null,
  };
}

function reachesOf(proof: Proof | null): boolean | null {
  return proof === null ? null : proof.reached !== null;
}

/** A NIC of which nothing is known but its name. */
export function unknownNetwork(nic: string): NicNetwork {
  const nothing = { v4: null, v6: null };
  return {
    nic,
    hasCarrier: true,
    isIgnored: false,
    ipv4: [],
    ipv6: [],
    gateways4: [],
    gateways6: [],
    reaches: nothing,
    hindrances: nothing,
    answers: nothing,
    pending: [],
    troubles: [],
    fault: null,
  };
}

/** The kind of the best IPv4 gateway; without one, what the address says. */
export function ipv4KindOf({ ipv4, gateways4 }: Pick<AddressFacts, "ipv4" | "gateways4">): Ipv4Kind {
  const classes = gateways4.map((gateway) => classOfIpv4(gateway, ipv4));
  if (classes.includes("private")) return "private";
  if (classes.includes("shared")) return "shared";
  if (classes.includes("public4")) return "public";
  if (ipv4.length === 0) return "none";
  return ipv4.every((address) => isLinkLocalIpv4(address.split("/")[0] ?? "")) ? "linkLocal" : "noGateway";
}

/** The kind of the autoconfigured IPv6 addresses, when there is a default router too. */
export function ipv6KindOf({ ipv6, gateways6 }: Pick<AddressFacts, "ipv6" | "gateways6">): Ipv6Kind {
  const isGlobal = ipv6.some(isGlobalIpv6);
  const isUsable = isGlobal || ipv6.some(isUniqueLocal);
  if (gateways6.length === 0) return isUsable ? "noRouter" : "none";
  if (isGlobal) return "global";
  return isUsable ? "ula" : "noAddress";
}

/** Whether a network has a default gateway with an address to go with it. */
export function leadsOut(network: NicNetwork): boolean {
  return classOf(network) !== null;
}

/** Whether two NICs seem to be plugged into the same network: one gateway, and one router and prefix where both have IPv6. */
export function isSameNetwork(a: NicNetwork, b: NicNetwork): boolean {
  const hasBoth4 = a.gateways4.length > 0 && b.gateways4.length > 0;
  const hasBoth6 = a.gateways6.length > 0 && b.gateways6.length > 0;
  return (
    (hasBoth4 || hasBoth6) &&
    (!hasBoth4 || haveCommon(a.gateways4, b.gateways4)) &&
    (!hasBoth6 || (haveCommon(a.gateways6, b.gateways6) && haveCommon(prefixesOf(a.ipv6), prefixesOf(b.ipv6))))
  );
}

function haveCommon(a: string[], b: string[]): boolean {
  return a.some((each) => b.includes(each));
}

/** The prefixes that addresses with prefix length are from. */
export function prefixesOf(ipv6: readonly string[]): string[] {
  const networks = ipv6
    .filter((address) => ipaddr.IPv6.isValidCIDR(address))
    .map((address) => `${ipaddr.IPv6.networkAddressFromCIDR(address).toString()}/${address.split("/")[1] ?? ""}`);
  return [...new Set(networks)];
}
