import type { Layout } from "../layouts/layout.ts";
import { homeDual, renewedSoon } from "../scenarios/parts.ts";

/** The host from which hostile packets come, and its address. */
export const attacker = { name: "mallory", address: "192.168.1.66/24" } as const;

/**
 * A home in which somebody is hostile: leases are soon renewed, so that servers are often asked, and the router is a second
 * late with offers, so that others come first.
 */
export const hostileLayout: Layout = renewedSoon({
  ...homeDual,
  segments: homeDual.segments.map(({ router, ...segment }) => ({
    ...segment,
    router: router && { ...router, dnsmasq: [...router.dnsmasq, "dhcp-reply-delay=1"] },
    hosts: [{ name: attacker.name, addresses: [attacker.address] }],
  })),
});
