import type { AddressFacts, Family, Lease, NodeFacts } from "../contract.ts";
import { isRoutableIpv6 } from "./addresses.ts";

/** What a booted node can lose, in the order of the steps that bring it back. */
export type Loss = "uplink" | "ndmz" | "ipv6" | "nat" | "lease";

/**
 * What is not in its place; the first one is the earliest step to go back to.
 *
 * @param families what the uplink's network gave: without IPv4 there, no lease can be lost
 */
export function lossesOf(facts: NodeFacts, families: readonly Family[]): Loss[] {
  const losses: Loss[] = [];
  if (!facts.hasUplink || !hasDefaultRoute(facts.zos)) losses.push("uplink");
  if (!facts.hasNdmz) losses.push("ndmz");
  if (!hasIpv6(facts.npub6)) losses.push("ipv6");
  if (!facts.hasNat) losses.push("nat");
  if (families.includes("v4") && !hasIpv4(facts.zos) && !losses.includes("uplink")) losses.push("lease");
  return losses;
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

function hasDefaultRoute(facts: AddressFacts): boolean {
  return hasIpv4(facts) || hasIpv6(facts);
}
