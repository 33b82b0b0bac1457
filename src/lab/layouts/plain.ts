import { internet } from "./topology.ts";
import type { Ipv4Network, Layout } from "./layout.ts";
import { homeDual, homeIpv4, homeIpv6, nic, online, publicIpv4, publicIpv6, router, withoutIpv6 } from "./parts.ts";

/** A data centre's own network behind NAT (RFC 1918). */
const dcNatIpv4: Ipv4Network = {
  ...homeIpv4,
  address: "172.16.4.1/22",
  pool: ["172.16.5.1", "172.16.6.254"],
  gateways: ["172.16.4.1"],
};

/** The default. */
export const homeDualLayout: Layout = {
  name: "home-dual",
  summary: "one NIC behind a home router with NATed IPv4 and global IPv6",
  segments: [homeDual],
  nics: [nic("eth0", "home")],
  registrar: "good",
  vantage: true,
  expected: { ...online("eth0"), zdb: { answer: "possible", reason: /came in to 2001:db8:1:.*, port 9900$/ } },
};

/** One NIC in a network as homes and data centres have it. */
export const plainLayouts: readonly Layout[] = [
  {
    name: "home-v4",
    summary: "one NIC behind a home router with NATed IPv4 and no IPv6",
    segments: [{ name: "home", router: router(homeIpv4, null) }],
    nics: [nic("eth0", "home")],
    expected: withoutIpv6("eth0"),
  },
  {
    name: "home-dual-firewalled",
    summary: "one NIC behind a home router with NATed IPv4, and IPv6 that only lets answers in",
    segments: [{ name: "home", router: router(homeIpv4, { ...homeIpv6, isOutboundOnly: true }) }],
    nics: [nic("eth0", "home")],
    vantage: true,
    expected: { ...online("eth0"), zdb: { answer: "impossible", reason: /nobody gets in .* the router fe80::/ } },
  },
  {
    name: "dc-v4",
    summary: "one NIC in a data centre with public IPv4 and no IPv6",
    segments: [{ name: "dc", router: router(publicIpv4, null) }],
    nics: [nic("eth0", "dc")],
    expected: withoutIpv6("eth0"),
  },
  {
    name: "dc-v6",
    summary: "one NIC in a data centre with IPv6 alone: nobody speaks DHCPv4, DNS servers come by router advertisement",
    segments: [
      {
        name: "dc",
        router: router(null, publicIpv6, { dnsmasq: [`dhcp-option=option6:dns-server,[${internet.dns6}]`] }),
      },
    ],
    nics: [nic("eth0", "dc")],
    expected: online("eth0"),
  },
  {
    name: "dc-dual",
    summary: "one NIC in a data centre with public IPv4 and IPv6",
    segments: [{ name: "dc", router: router(publicIpv4, publicIpv6) }],
    nics: [nic("eth0", "dc")],
    expected: online("eth0"),
  },
  {
    name: "dc-nat4-v6",
    summary: "one NIC in a data centre with NATed IPv4 and routed IPv6",
    segments: [{ name: "dc", router: router(dcNatIpv4, publicIpv6) }],
    nics: [nic("eth0", "dc")],
    expected: online("eth0"),
  },
  {
    name: "dc-nat4",
    summary: "one NIC in a data centre with NATed IPv4 and no IPv6",
    segments: [{ name: "dc", router: router(dcNatIpv4, null) }],
    nics: [nic("eth0", "dc")],
    expected: withoutIpv6("eth0"),
  },
  {
    name: "ula-only",
    summary: "one NIC behind a router that gives unique local IPv6 addresses alone and translates them (NAT66)",
    segments: [
      { name: "home", router: router(null, { prefix: "fd12:3456:789a:1::/64", isOutboundOnly: false, isNated: true }) },
    ],
    nics: [nic("eth0", "home")],
    expected: online("eth0"),
  },
];
