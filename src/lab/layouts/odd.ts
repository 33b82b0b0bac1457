import type { Ipv4Network, Layout, Segment } from "./layout.ts";
import { homeIpv4, homeIpv6, nic, online, router } from "./parts.ts";

const linkLocalIpv4: Ipv4Network = {
  ...homeIpv4,
  address: "169.254.1.1/16",
  pool: ["169.254.1.100", "169.254.1.199"],
  gateways: ["169.254.1.1"],
};

/** RFC 3442: option 121 carries destination and gateway in pairs. */
const defaultRoute121 = "dhcp-option=option:classless-static-route,0.0.0.0/0,192.168.1.1";

const twoRouters: Segment = {
  name: "home",
  router: router({ ...homeIpv4, gateways: ["192.168.1.1", "192.168.1.2"] }, homeIpv6),
  otherRouters: [router({ ...homeIpv4, address: "192.168.1.2/24", pool: null }, null)],
};

const smallIpv4Segment: Segment = {
  name: "small",
  router: router(homeIpv4, homeIpv6, { dnsmasq: ["dhcp-option=option:mtu,1280"] }),
};

/** DHCP and names out of the ordinary. */
export const oddLayouts: readonly Layout[] = [
  {
    name: "two-routers",
    summary: "one NIC in a home whose leases name two routers, both of which work",
    segments: [twoRouters],
    nics: [nic("eth0", "home")],
    expected: online("eth0"),
  },
  {
    name: "option-121",
    summary: "one NIC whose lease names its gateway by classless routes alone (RFC 3442)",
    segments: [
      { name: "home", router: router({ ...homeIpv4, gateways: [] }, homeIpv6, { dnsmasq: [defaultRoute121] }) },
    ],
    nics: [nic("eth0", "home")],
    expected: online("eth0", { reasons: { eth0: /192\.168\.1\.1\b/ } }),
  },
  {
    name: "option-121-wins",
    summary: "one NIC whose lease names a gateway by classless routes, and another that does not exist by option 3",
    segments: [
      {
        name: "home",
        router: router({ ...homeIpv4, gateways: ["192.168.1.66"] }, homeIpv6, { dnsmasq: [defaultRoute121] }),
      },
    ],
    nics: [nic("eth0", "home")],
    expected: online("eth0", { reasons: { eth0: /192\.168\.1\.1\b/ } }),
  },
  {
    name: "linklocal",
    summary: "one NIC whose leases are link-local addresses (RFC 3927), which lead nowhere",
    segments: [{ name: "home", router: router(linkLocalIpv4, null) }],
    nics: [nic("eth0", "home")],
    probeTimeoutMs: 20_000,
    expected: {
      ...{ outcome: "restart", uplink: null, exit: null, passes: [], mtus: {} },
      reasons: { eth0: /169\.254\.1\.\d+\/16 without a default gateway/ },
    },
  },
  {
    name: "odd-names",
    summary:
      "three NICs with long names, dots, dashes and another name, one with jumbo frames, the uplink's network with small ones",
    segments: [smallIpv4Segment, { name: "dark", router: null }],
    nics: [
      nic("wan-port.uplink", "small"),
      nic("enx020000000101", "dark", { altname: "a-second-name-that-is-longer-than-15" }),
      nic("0.slow-1", "dark", { mtuBytes: 9_000 }),
    ],
    expected: online("wan-port.uplink", { mtus: { zos: 1_280, "0.slow-1": 9_000 } }),
  },
];
