import ipaddr from "ipaddr.js";
import * as v from "valibot";
import { said, whole } from "../../config/schema-parts.ts";
import { isUsableLinkName } from "../../policy/names.ts";
import type {
  Host,
  Ipv4Network,
  Ipv6Network,
  NicPlan,
  Portal,
  PortSecurity,
  Router,
  Segment,
} from "../layouts/layout.ts";

/** A name of the farm's own; parts of names of namespaces and interfaces are made of it. */
export const name = v.pipe(
  v.string("a name"),
  v.regex(/^[a-z][a-z0-9-]{0,9}$/, "a name of at most 10 small letters, digits and dashes"),
);

/** The name of a NIC. */
export const nicName = v.pipe(
  v.string("the name of a NIC"),
  v.check(isUsableLinkName, "the name of a NIC such as eth0"),
);

const isIpv4 = (text: string) => ipaddr.IPv4.isValidFourPartDecimal(text);
const isCidr4 = (text: string) => ipaddr.IPv4.isValidCIDR(text) && isIpv4(text.split("/")[0] ?? "");
const isCidr = (text: string) => isCidr4(text) || ipaddr.IPv6.isValidCIDR(text);
const ipv4 = v.pipe(v.string("an IPv4 address"), v.check(isIpv4, "an IPv4 address such as 192.168.1.1"));
const cidr4Words = "an IPv4 address with prefix length, such as 192.168.1.1/24";
const cidr4 = v.pipe(v.string(cidr4Words), v.check(isCidr4, cidr4Words));
const cidrWords = "an address with prefix length, such as 192.168.1.9/24 or fd00::9/64";
const cidr = v.pipe(v.string(cidrWords), v.check(isCidr, cidrWords));
const prefixWords = "an IPv6 prefix of 64 bits, such as 2001:db8:1::/64";
const prefix = v.pipe(
  v.string(prefixWords),
  v.check((text) => ipaddr.IPv6.isValidCIDR(text) && text.endsWith("::/64"), prefixWords),
);
const mac = v.pipe(
  v.string("a MAC address"),
  v.regex(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/, "a MAC address such as 02:00:00:00:00:09"),
);
const flag = v.boolean("true or false");

const ipv4Network: v.GenericSchema<unknown, Ipv4Network> = v.pipe(
  v.strictObject({
    address: said(cidr4, "the router's own address with prefix length, such as 192.168.1.1/24"),
    pool: said(
      v.optional(v.nullable(v.tuple([ipv4, ipv4])), null),
      "first and last address that DHCP gives out; null for no DHCP",
    ),
    leaseSeconds: said(
      v.optional(whole(1, 4_294_967_295), 3_600),
      "how long a lease is good; at least 120 for dnsmasq",
    ),
    gateways: said(
      v.optional(v.array(ipv4)),
      "the gateways that a lease names; the router itself unless said, [] for none",
    ),
    isNated: said(v.optional(flag, true), "whether the router masquerades; otherwise the Internet has a route"),
    isSlow: said(v.optional(flag, false), "whether the server pings an address for 3 s before it offers it"),
  }),
  v.transform((network) => ({ ...network, gateways: network.gateways ?? [network.address.split("/")[0] ?? ""] })),
);

const ipv6Network: v.GenericSchema<unknown, Ipv6Network> = v.strictObject({
  prefix: said(prefix, "a prefix such as 2001:db8:1::/64, whose first address the router has"),
  isOutboundOnly: said(v.optional(flag, false), "whether the router lets only answers in"),
  isNated: said(v.optional(flag, false), "whether the router masquerades (NAT66); otherwise the Internet has a route"),
  otherPrefixes: said(v.exactOptional(v.array(prefix)), "more that it advertises, to which the Internet knows no way"),
  lifetimeSeconds: said(v.exactOptional(whole(120, 4_294_967_295)), "how long addresses are valid and preferred"),
  routerLifetimeSeconds: said(v.exactOptional(whole(0, 9_000)), "how long it is a default router; 0 for none at all"),
  preference: said(v.exactOptional(v.picklist(["high", "low"], "high or low")), "of the router; medium unless said"),
  addressing: said(
    v.exactOptional(v.picklist(["slaac", "stateless", "dhcpv6", "both"], "slaac, stateless, dhcpv6 or both")),
    "how hosts come to addresses: by themselves, or by DHCPv6 (flags A, O, M)",
  ),
});

const offer = {
  ipv4: said(v.optional(v.nullable(ipv4Network), null), "IPv4 with DHCP; null for none"),
  ipv6: said(v.optional(v.nullable(ipv6Network), null), "IPv6 with router advertisements; null for none"),
  dnsmasq: said(
    v.optional(v.array(v.string("a line of dnsmasq's configuration")), []),
    "more lines of dnsmasq(8)'s configuration",
  ),
};

/** What a router offers, as a farm file says it. */
export const routerOffer = v.strictObject(offer);

const portal: v.GenericSchema<unknown, Portal> = v.strictObject({
  name: said(
    v.pipe(v.string("a host name"), v.regex(/^[a-z0-9.-]{1,60}$/, "a host name such as login.hotel.example")),
    "its host name, to which it redirects",
  ),
  hasTls: said(v.optional(flag, true), "whether it answers over TLS too, with a certificate of its own"),
});

const router: v.GenericSchema<unknown, Router> = v.strictObject({
  ...offer,
  isDeadEnd: said(v.optional(flag, false), "whether it answers and offers all that it should, but has no way out"),
  portal: said(
    v.exactOptional(portal),
    "a captive portal in place of all web servers, until `nft delete table inet portal` is run at the router; DNS works",
  ),
  later: said(
    v.exactOptional(v.strictObject({ afterMs: whole(0, 3_600_000), offer: routerOffer })),
    "what it offers from some time after the program's start on",
  ),
});

const host: v.GenericSchema<unknown, Host> = v.strictObject({
  name: said(name, "by which steps call it: `host NAME`"),
  addresses: said(v.array(cidr), "of its interface `lan`, with prefix length"),
  mac: v.exactOptional(mac),
});

const portSecurity: v.GenericSchema<unknown, PortSecurity> = v.strictObject({
  admits: said(
    v.union(
      [v.literal("first"), v.pipe(v.array(mac), v.minLength(1, "at least one MAC address"))],
      "first, or a list of MAC addresses",
    ),
    "at ports of NICs: the MAC address that sends first at each, or these",
  ),
  violation: said(
    v.optional(v.picklist(["drop", "shutdown"], "drop or shutdown"), "drop"),
    "a frame from another MAC address is dropped, or the port carries nothing any more",
  ),
});

/** A switch with everything that is plugged into it. */
export const segment: v.GenericSchema<unknown, Segment> = v.strictObject({
  name,
  router: said(v.optional(v.nullable(router), null), "null for a network without any"),
  otherRouters: said(v.exactOptional(v.array(router)), "more routers in the same network"),
  hosts: said(v.exactOptional(v.array(host)), "other machines in the network"),
  portSecurity: v.exactOptional(portSecurity),
  stpForwardDelayMs: said(
    v.exactOptional(whole(2_000, 30_000)),
    "a port listens and learns for so long each before it forwards (spanning tree)",
  ),
});

/** A NIC of the node. */
export const nic: v.GenericSchema<unknown, NicPlan & { isLate: boolean }> = v.pipe(
  v.strictObject({
    name: nicName,
    segment: said(v.optional(v.nullable(name), null), "where its cable leads; null for an empty port"),
    hasCarrier: said(v.optional(flag), "false for a cable whose other end is switched off"),
    altname: v.exactOptional(
      v.pipe(v.string("a name"), v.regex(/^[a-z0-9.-]{1,127}$/, "another name by which commands may call it")),
    ),
    mtuBytes: v.exactOptional(whole(1_280, 9_000)),
    isLate: said(v.optional(flag, false), "whether the node does not have it at first; a step plugs it in"),
  }),
  v.transform((plan) => ({ ...plan, hasCarrier: plan.hasCarrier ?? plan.segment !== null })),
);
