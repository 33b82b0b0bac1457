/** IPv4 on a segment, as its router offers it. */
export interface Ipv4Network {
  /** The router's own address, with prefix length. */
  address: string;
  /** First and last address that DHCP gives out. */
  pool: [first: string, last: string];
  leaseSeconds: number;
  /** The default gateways that a lease names (DHCP option 3); none for a network that leads nowhere. */
  gateways: string[];
  /** Whether the router masquerades; otherwise the Internet has a route to the network. */
  isNated: boolean;
}

/** IPv6 on a segment, as its router offers it. */
export interface Ipv6Network {
  /** The segment's /64, e.g. `2001:db8:1::/64`; the router has its first address. */
  prefix: string;
  /** Whether the router lets only those packets in that belong to a connection from inside. */
  isOutboundOnly: boolean;
}

/** A router between a segment and the Internet: DHCPv4, router advertisements and DNS by dnsmasq(8). */
export interface Router {
  ipv4: Ipv4Network | null;
  ipv6: Ipv6Network | null;
  /** Lines of dnsmasq's configuration, for what has no field here. */
  dnsmasq: string[];
}

/** One switch with everything that is plugged into it. */
export interface Segment {
  /** Part of namespace names. */
  name: string;
  router: Router | null;
}

export interface NicPlan {
  name: string;
  /** The segment that its cable leads to, or null for an empty port. */
  segment: string | null;
  /** False for a cable whose other end is switched off. */
  hasCarrier: boolean;
}

/** The states in which a boot comes to rest, one of which a layout expects. */
export type Outcome = "online" | "waitIpv6";

/** A node's surroundings, as data: the farm is built from this and nothing else. */
export interface Layout {
  name: string;
  /** One sentence without a full stop, for `lab --list`. */
  summary: string;
  segments: Segment[];
  nics: NicPlan[];
  expected: Outcome;
}
