import type { AddressFacts, Egress, Family, Hindrance, Reach } from "../contract.ts";
import { hasIpv4, hasIpv6 } from "./losses.ts";
import { names } from "./names.ts";

/** What was tried in one family from one interface, and what came of it. */
export interface EgressTrial {
  family: Family;
  link: string;
  addresses: AddressFacts;
  /** Whether any target has an address in this family. */
  hasTargets: boolean;
  isReached: boolean;
  hindrance: Hindrance | null;
  /** Whether a default gateway answers ARP or neighbour discovery. */
  isAnswered: boolean;
}

const familyNames: Record<Family, string> = { v4: "IPv4", v6: "IPv6" };

/** More gateways of a link are not named. */
const mostNamed = 3;

/** What a trial says of egress. */
export function egressOf(trial: EgressTrial): Omit<Egress, "since"> {
  const { family, link, addresses, hasTargets, isReached, hindrance, isAnswered } = trial;
  const gateways = family === "v4" ? addresses.gateways4 : addresses.gateways6;
  const isConfigured = family === "v4" ? hasIpv4(addresses) : hasIpv6(addresses);
  if (!isConfigured)
    return { state: "absent", why: `${link} has no ${familyNames[family]} address with a default route` };
  if (isReached) return { state: "works", why: null };
  if (hindrance?.kind === "portal") return { state: "fails", why: hindrance.says };
  const gateway = `${link}'s gateway ${gateways.slice(0, mostNamed).join(" or ")}`;
  if (!isAnswered) return { state: "fails", why: `${gateway} does not answer` };
  if (hindrance !== null) return { state: "unknown", why: hindrance.says };
  if (!hasTargets) return { state: "unknown", why: `no target has an ${familyNames[family]} address` };
  return { state: "fails", why: `${gateway} answers, but no target does` };
}

/** What was found, with the time since when it is so where that was found before. */
export function withSince(found: Reach, before: Reach | null): Reach {
  if (before === null) return found;
  const kept = (now: Egress, then: Egress): Egress => (now.state === then.state ? { ...now, since: then.since } : now);
  const both = (side: keyof Reach) => ({
    v4: kept(found[side].v4, before[side].v4),
    v6: kept(found[side].v6, before[side].v6),
  });
  return { node: both("node"), workloads: both("workloads") };
}

/** Whether workloads have what they need: IPv6, as far as anybody can tell; IPv4 may be missing. */
export function isServing({ workloads }: Reach): boolean {
  return workloads.v6.state === "works" || workloads.v6.state === "unknown";
}

/** Whether IPv4 works for the node, but no longer for workloads: their lease leads nowhere, or they have lost it or its route. */
export function isIpv4Left({ node, workloads }: Reach, npub4: AddressFacts): boolean {
  if (node.v4.state !== "works") return false;
  const { state } = workloads.v4;
  return state === "fails" || (!hasIpv4(npub4) && (state === "works" || npub4.ipv4.length > 0));
}

/**
 * Whether IPv4 alone fails, for the node itself, or its lease names no gateway: that may be of a server that knows no way out, where
 * another one does.
 */
export function isIpv4Misled({ node, workloads }: Reach, zos: AddressFacts): boolean {
  const isWithoutWay = node.v4.state === "fails" || (node.v4.state === "absent" && zos.ipv4.length > 0);
  return isWithoutWay && [node.v6, workloads.v6].some(({ state }) => state === "works");
}

/** Whether workloads have got an IPv4 lease, or should have by now, since it was tried what they reach. */
export function isIpv4Stale({ workloads }: Reach, npub4: AddressFacts): boolean {
  return workloads.v4.state === "absent" && hasIpv4(npub4);
}

/**
 * Whether the fault lies beyond the gateways: the node itself reaches nothing either, though a gateway answers. Nothing
 * here mends that.
 */
export function isRemoteOutage({ node, workloads }: Reach): boolean {
  const all = [node.v4, node.v6, workloads.v4, workloads.v6];
  return !all.some(({ state }) => state === "works");
}

/**
 * Whether the node itself reaches nothing, because a gateway on its own bridge is silent, while workloads reach the Internet:
 * what they leave through can serve the node too where it is a NIC of their own.
 */
export function isNodeCutOff({ node, workloads }: Reach, silentGateways: readonly string[]): boolean {
  const isReaching = ({ v4, v6 }: Record<Family, Egress>) => v4.state === "works" || v6.state === "works";
  return !isReaching(node) && isReaching(workloads) && silentGateways.some((each) => each.endsWith(`%${names.bridge}`));
}

/** What is reached in both families, for people. */
export function egressWords(found: Record<Family, Egress>): string {
  return (["v4", "v6"] as const).map((family) => `${familyNames[family]} ${wordsOf(found[family])}`).join("; ");
}

function wordsOf({ state, why, since }: Egress): string {
  return `${state} since ${since}${why === null ? "" : ` (${why})`}`;
}
