import ipaddr from "ipaddr.js";
import type { Ipv4Network, Layout, Router, RouterOffer } from "../layouts/layout.ts";

/** The Internet's own addresses, from the documentation prefixes (RFC 5737, RFC 3849). */
export const internet = {
  namespace: "internet",
  http4: "198.51.100.10",
  http6: "2001:db8:ffff::10",
  /** The same server as the grid's registrar, which may thus be out of reach alone. */
  registrar4: "198.51.100.20",
  registrar6: "2001:db8:ffff::20",
  dns4: "198.51.100.53",
  dns6: "2001:db8:ffff::53",
  /** Its side of the network to which all routers are connected. */
  wan4: "203.0.113.1",
  wan6: "2001:db8:fffe::1",
} as const;

/** A router with the place in the farm that its position among the others gives it. */
export interface RouterPlan {
  segment: string;
  namespace: string;
  /** Its cable's end in the Internet's namespace. */
  port: string;
  /** Its cable's end at the switch. */
  switchPort: string;
  wan4: string;
  wan6: string;
  router: Router;
}

/** The routers of a layout; those of one segment follow each other, the one that serves DHCP first. */
export function routersOf({ segments }: Pick<Layout, "segments">): RouterPlan[] {
  const all = segments.flatMap(({ name, router, otherRouters = [] }) =>
    [router, ...otherRouters]
      .filter((each) => each !== null)
      .map((each, place) => ({ segment: name, suffix: place === 0 ? "" : String(place + 1), router: each })),
  );
  return all.map(({ segment, suffix, router }, index) => ({
    segment,
    namespace: `router-${segment}${suffix}`,
    port: `r${index}`,
    switchPort: `router${suffix}`,
    wan4: `203.0.113.${11 + index}`,
    wan6: `2001:db8:fffe::${11 + index}`,
    router,
  }));
}

/** What a router offers in the end. */
export function settledOffer({ router }: RouterPlan): RouterOffer {
  return router.later?.offer ?? router;
}

/** What the Internet must know to answer the hosts behind a router; nothing where it masquerades. */
export function lanRoutes(plan: RouterPlan): string[] {
  const { ipv4, ipv6 } = settledOffer(plan);
  return [
    ...(ipv4 !== null && !ipv4.isNated ? [`route add ${networkOf(ipv4)} via ${plan.wan4}`] : []),
    ...(ipv6 !== null && ipv6.isNated !== true ? [`route add ${ipv6.prefix} via ${plan.wan6}`] : []),
  ];
}

function networkOf({ address }: Ipv4Network): string {
  const [, prefixLength] = ipaddr.IPv4.parseCIDR(address);
  return `${ipaddr.IPv4.networkAddressFromCIDR(address).toString()}/${prefixLength}`;
}
