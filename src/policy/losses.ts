import type { AddressFacts, Family, Lease, NodeFacts } from "../contract.ts";
import { isRoutableIpv6 } from "./addresses.ts";
import { names } from "./names.ts";

/** What a booted node can lose, in the order of the steps that bring it back. */
export type Loss = "uplink" | "exit" | "ndmz" | "ipv6" | "nat" | "lease";

/** A loss, and what exactly is amiss. */
export interface LossFound {
  loss: Loss;
  why: string;
}

/** Whether the same is lost, for the same reasons. */
export function isSameLosses(a: readonly LossFound[], b: readonly LossFound[]): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/**
 * What is not in its place, and why; the first one is the earliest step to go back to.
 *
 * @param families what the uplink's network gave: without IPv4 there, no lease can be lost
 */
export function lossesOf(facts: NodeFacts, families: readonly Family[]): LossFound[] {
  const { amiss, idleClients, zos, npub6 } = facts;
  const noRoute = hasIpv4(zos) || hasIpv6(zos) ? [] : [`${names.bridge} has no address with a default route`];
  const uplink = [...amiss.uplink, ...noRoute];
  const isLeaseLost = families.includes("v4") && !hasIpv4(zos) && uplink.length === 0;
  const found: [Loss, readonly string[]][] = [
    ["uplink", uplink],
    ["exit", amiss.exit],
    ["ndmz", amiss.ndmz],
    ["ipv6", hasIpv6(npub6) ? deadEnds(facts) : [`${names.npub6} has no IPv6 address with a default route`]],
    ["nat", amiss.nat],
    [
      "lease",
      [...idleClients.map(({ why }) => why), ...(isLeaseLost ? [`${names.bridge} has lost its IPv4 lease`] : [])],
    ],
  ];
  return found.filter(([, why]) => why.length > 0).map(([loss, why]) => ({ loss, why: why.join(", ") }));
}

/** More routers are not named. */
const mostNamed = 3;

function deadEnds({ npub6, silentGateways }: Pick<NodeFacts, "npub6" | "silentGateways">): string[] {
  const isSilent = (router: string) => silentGateways.includes(`${router}%${names.npub6}`);
  return deadRouters(npub6.gateways6, isSilent)
    .slice(0, mostNamed)
    .map((router) => `${router}, a router of ${names.npub6}, is silent`);
}

/**
 * Routers that are silent while others are not. A kernel that does not forward leaves such a router by itself (RFC 4861 section
 * 6.3.6); ndmz forwards.
 */
export function deadRouters(routers: readonly string[], isSilent: (router: string) => boolean): string[] {
  const dead = routers.filter(isSilent);
  return dead.length < routers.length ? dead : [];
}

/** Whether an interface has an IPv6 address outside the link, and a default route. */
export function hasIpv6({ ipv6, gateways6 }: AddressFacts): boolean {
  return ipv6.some(isRoutableIpv6) && gateways6.length > 0;
}

/** Whether an interface has an IPv4 address and a default route. */
export function hasIpv4({ ipv4, gateways4 }: AddressFacts): boolean {
  return ipv4.length > 0 && gateways4.length > 0;
}

/** Whether an interface has the address of its lease, and a default route. */
export function isInPlace({ address, prefixLength }: Lease, facts: AddressFacts): boolean {
  return facts.ipv4.includes(`${address}/${prefixLength}`) && facts.gateways4.length > 0;
}
