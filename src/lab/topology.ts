import ipaddr from "ipaddr.js";
import type { Ipv4Network, Layout, Router } from "./layout.ts";

/** The Internet's own addresses, from the documentation prefixes (RFC 5737, RFC 3849). */
export const internet = {
  namespace: "internet",
  http4: "198.51.100.10",
  http6: "2001:db8:ffff::10",
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
  wan4: string;
  wan6: string;
  router: Router;
}

/** The routers of a layout. */
export function routersOf({ segments }: Layout): RouterPlan[] {
  return segments.flatMap(({ name, router }, index) => {
    if (router === null) return [];
    const [namespace, port] = [`router-${name}`, `r${index}`];
    const host = 11 + index;
    return [{ segment: name, namespace, port, wan4: `203.0.113.${host}`, wan6: `2001:db8:fffe::${host}`, router }];
  });
}

/** What the Internet must know to answer the hosts behind a router; nothing where NAT44 hides them. */
export function lanRoutes({ router, wan4, wan6 }: RouterPlan): string[] {
  const { ipv4, ipv6 } = router;
  return [
    ...(ipv4 !== null && !ipv4.isNated ? [`route add ${networkOf(ipv4)} via ${wan4}`] : []),
    ...(ipv6 === null ? [] : [`route add ${ipv6.prefix} via ${wan6}`]),
  ];
}

function networkOf({ address }: Ipv4Network): string {
  const [, prefixLength] = ipaddr.IPv4.parseCIDR(address);
  return `${ipaddr.IPv4.networkAddressFromCIDR(address).toString()}/${prefixLength}`;
}
