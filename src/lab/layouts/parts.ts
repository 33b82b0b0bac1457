import type { Expected, Ipv4Network, Ipv6Network, NicPlan, Router, Segment } from "./layout.ts";

/** Behind NAT, with a gateway in private space (RFC 1918). */
export const homeIpv4: Ipv4Network = {
  address: "192.168.1.1/24",
  pool: ["192.168.1.100", "192.168.1.199"],
  leaseSeconds: 3_600,
  gateways: ["192.168.1.1"],
  isNated: true,
};

/** Routed to and from the Internet (RFC 3849). */
export const homeIpv6: Ipv6Network = { prefix: "2001:db8:1::/64", isOutboundOnly: false };

/** A leased line with public addresses (RFC 5737). */
export const publicIpv4: Ipv4Network = {
  address: "192.0.2.1/24",
  pool: ["192.0.2.100", "192.0.2.199"],
  leaseSeconds: 3_600,
  gateways: ["192.0.2.1"],
  isNated: false,
};

/** Global IPv6 that lets answers in alone. */
export const publicIpv6: Ipv6Network = { prefix: "2001:db8:2::/64", isOutboundOnly: false };

/** Another network in private space, such as one for management. */
export const managementIpv4: Ipv4Network = {
  address: "10.20.0.1/24",
  pool: ["10.20.0.100", "10.20.0.199"],
  leaseSeconds: 3_600,
  gateways: ["10.20.0.1"],
  isNated: true,
};

/** A router with nothing special to it. */
export function router(ipv4: Ipv4Network | null, ipv6: Ipv6Network | null, more: Partial<Router> = {}): Router {
  return { ipv4, ipv6, dnsmasq: [], ...more };
}

/** A home with NATed IPv4 and global IPv6. */
export const homeDual: Segment = { name: "home", router: router(homeIpv4, homeIpv6) };

/** A cable that is plugged in at both ends, or an empty port. */
export function nic(name: string, segment: string | null, more: Partial<NicPlan> = {}): NicPlan {
  return { name, segment, hasCarrier: segment !== null, ...more };
}

/** Online through this uplink, workloads too. */
export function online(uplink: Expected["uplink"], more: Partial<Expected> = {}): Expected {
  return { outcome: "online", uplink, exit: uplink, reasons: {}, passes: [], mtus: {}, ...more };
}

/** On the Internet, but without IPv6 for workloads. */
export function withoutIpv6(uplink: string): Expected {
  return { ...online(uplink), outcome: "waitIpv6" };
}
