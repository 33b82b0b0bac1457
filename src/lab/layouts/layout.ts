import type { StepName } from "../../policy/steps.ts";
import type { Reachability } from "../../policy/vantage.ts";

/** IPv4 on a segment, as its router offers it. */
export interface Ipv4Network {
  /** The router's own address, with prefix length. */
  address: string;
  /** First and last address that DHCP gives out; null for a router that leaves DHCP to another. */
  pool: [first: string, last: string] | null;
  leaseSeconds: number;
  /** The default gateways that a lease names (DHCP option 3); none for a network that leads nowhere. */
  gateways: string[];
  /** Whether the router masquerades; otherwise the Internet has a route to the network. */
  isNated: boolean;
  /** Whether the server pings an address for 3 s before it offers it, as dnsmasq(8) does without `--no-ping`. */
  isSlow?: boolean;
}

/** IPv6 on a segment, as its router offers it. */
export interface Ipv6Network {
  /** The segment's /64, e.g. `2001:db8:1::/64`; the router has its first address. */
  prefix: string;
  /** Whether the router lets only those packets in that belong to a connection from inside. */
  isOutboundOnly: boolean;
  /** Whether the router masquerades (NAT66); otherwise the Internet has a route to the prefix. */
  isNated?: boolean;
  /** More prefixes that it advertises, and has the first address of; the Internet knows no way to them. */
  otherPrefixes?: string[];
  /** How long addresses of its prefixes are valid and preferred; a day unless said. */
  lifetimeSeconds?: number;
  /** How long it is a default router after an advertisement, which it repeats every third of that; 0 is no router at all (RFC 4861). */
  routerLifetimeSeconds?: number;
  /** RFC 4191 section 2.1; medium unless said. */
  preference?: "high" | "low";
  /**
   * How hosts come to addresses: by themselves, or by DHCPv6, by which nobody here asks; `stateless` offers all but addresses
   * by DHCPv6 (flag O), `both` leaves the choice (flags M and A).
   */
  addressing?: "slaac" | "stateless" | "dhcpv6" | "both";
}

/** What a router offers to its segment: DHCPv4, router advertisements and DNS by dnsmasq(8). */
export interface RouterOffer {
  ipv4: Ipv4Network | null;
  ipv6: Ipv6Network | null;
  /** Lines of dnsmasq's configuration, for what has no field here. */
  dnsmasq: string[];
}

/** A login page that stands in place of all web servers, until its table `inet portal` of nftables is deleted. */
export interface Portal {
  /** Its host name, to which it redirects. */
  name: string;
  /** Whether it answers over TLS too, with a certificate of its own, instead of refusing that. */
  hasTls: boolean;
}

/** A router between a segment and the Internet. */
export interface Router extends RouterOffer {
  /** Whether it answers and offers all that it should, but has no way out. */
  isDeadEnd?: boolean;
  /** Whether it lets nobody out who has not logged in; DNS works all the same. */
  portal?: Portal;
  /** What it offers from some time after the program's start on, instead of what it offered until then. */
  later?: { afterMs: number; offer: RouterOffer };
}

/** Another machine in the network, such as a printer or somebody else's DHCP server; it answers to its addresses. */
export interface Host {
  /** Unique in the layout, at most 10 letters, digits and dashes. */
  name: string;
  /** With prefix length, IPv4 and IPv6; its interface is called `lan`. */
  addresses: string[];
  /** Its MAC address, where that matters. */
  mac?: string;
}

/** What a switch admits from the NICs' ports (port security); routers and hosts are always admitted. */
export interface PortSecurity {
  /** MAC addresses that may send, or `first`: at each port the one that sends first. */
  admits: "first" | string[];
  /** What comes of a frame from another: it is dropped, or the port carries nothing any more. */
  violation: "drop" | "shutdown";
}

/** One switch with everything that is plugged into it. */
export interface Segment {
  /** Part of namespace names. */
  name: string;
  router: Router | null;
  /** More routers in the same network. */
  otherRouters?: Router[];
  hosts?: Host[];
  portSecurity?: PortSecurity;
  /**
   * For a switch that speaks the spanning tree protocol: a port forwards after it has listened and learnt for this long
   * each, 2 to 30 s (IEEE 802.1D-2004 section 17.14: 15 s).
   */
  stpForwardDelayMs?: number;
}

/** A NIC of the node, and where it is plugged in. */
export interface NicPlan {
  name: string;
  /** The segment that its cable leads to, or null for an empty port. */
  segment: string | null;
  /** False for a cable whose other end is switched off. */
  hasCarrier: boolean;
  /** Another name by which commands may call it (ip-link(8), `altname`). */
  altname?: string;
  /** 1500 unless said. */
  mtuBytes?: number;
}

/** How a registrar may fail those who ask it. */
export const misbehaviours = [
  "slow",
  "fails",
  "busy",
  "wrongClock",
  "truncated",
  "redirects",
  "otherKey",
  "huge",
] as const;
/** One of `misbehaviours`. */
export type Misbehaviour = (typeof misbehaviours)[number];

/** The states in which a boot comes to rest, one of which a layout expects. */
export type Outcome = "online" | "waitIpv6" | "restart";

/** A state that a boot must have been in before its outcome. */
export interface Passage {
  state: StepName;
  /** Whether an attempt must have failed there. */
  isRetried: boolean;
}

/** What a boot in a layout must come to. */
export interface Expected {
  outcome: Outcome;
  /** A pattern where several are as good and the first to answer is taken. */
  uplink: string | RegExp | null;
  /** The NIC whose network ndmz leaves through, or a pattern as above. */
  exit: string | RegExp | null;
  /** For NICs by name, what the reason that the program gives must say. Every NIC must have one. */
  reasons: Record<string, RegExp>;
  passes: Passage[];
  /** MTU in bytes of links on the node, by name. */
  mtus: Record<string, number>;
  /** What a vantage finds, where there is one, and what the reason says. */
  zdb?: { answer: Reachability["answer"]; reason: RegExp };
}

/** A node's surroundings, as data: the farm is built from this and nothing else. */
export interface Layout {
  name: string;
  /** One sentence without a full stop, for `lab --list`. */
  summary: string;
  segments: Segment[];
  nics: NicPlan[];
  /** How long the node's rounds of probing may take, where that matters; else the program's default. */
  probeTimeoutMs?: number;
  /** The registrar at which the node enrols, and how it misbehaves; none unless said. */
  registrar?: "good" | Misbehaviour;
  /** Whether there is a vantage in the Internet, which the node asks whether anybody gets in. */
  vantage?: true;
  /**
   * The DMI product UUID of two boards of one image and one host name: the node, and a twin that has NICs in the same places.
   * What is expected is expected of both.
   */
  twinUuid?: string;
  expected: Expected;
}
