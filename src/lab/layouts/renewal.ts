import type { Layout, Router, Segment } from "./layout.ts";

/**
 * Renewal at half of the shortest lease that dnsmasq(8) gives, 120 s, would take a minute: the server names T1 and T2 (options
 * 58 and 59). From T2 on a client asks all servers, and so hears of one that refuses it from another address.
 */
export const soonRenewed = ["dhcp-option-force=option:T1,3s", "dhcp-option-force=option:T2,8s"];

/** The layout with leases that are soon renewed. */
export function withShortRenewal(layout: Layout): Layout {
  return withRouters(layout, (router) => ({ ...router, dnsmasq: [...router.dnsmasq, ...soonRenewed] }));
}

/** The layout with the shortest leases, for clients that renew at half of them whatever the server says. */
export function withShortLeases(layout: Layout): Layout {
  return withRouters(layout, ({ ipv4, ...router }) => ({ ...router, ipv4: ipv4 && { ...ipv4, leaseSeconds: 120 } }));
}

function withRouters(layout: Layout, change: (router: Router) => Router): Layout {
  const changed = ({ router, ...segment }: Segment): Segment => ({ ...segment, router: router && change(router) });
  return { ...layout, segments: layout.segments.map(changed) };
}
