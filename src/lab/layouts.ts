import { BootError } from "../errors.ts";
import type { Ipv4Network, Ipv6Network, Layout, NicPlan } from "./layout.ts";

const homeIpv4: Ipv4Network = {
  address: "192.168.1.1/24",
  pool: ["192.168.1.100", "192.168.1.199"],
  leaseSeconds: 3_600,
  gateways: ["192.168.1.1"],
  isNated: true,
};

const homeIpv6: Ipv6Network = { prefix: "2001:db8:1::/64", isOutboundOnly: false };

function nic(name: string, segment: string): NicPlan {
  return { name, segment, hasCarrier: true };
}

/** All layouts; the first is the default. Addresses are from documentation and private space (RFC 5737, 3849, 1918). */
export const layouts: readonly [Layout, ...Layout[]] = [
  {
    name: "home-dual",
    summary: "one NIC behind a home router with NATed IPv4 and global IPv6",
    segments: [{ name: "home", router: { ipv4: homeIpv4, ipv6: homeIpv6, dnsmasq: [] } }],
    nics: [nic("eth0", "home")],
    expected: "online",
  },
  {
    name: "home-v4",
    summary: "one NIC behind a home router with NATed IPv4 and no IPv6",
    segments: [{ name: "home", router: { ipv4: homeIpv4, ipv6: null, dnsmasq: [] } }],
    nics: [nic("eth0", "home")],
    expected: "waitIpv6",
  },
];

/**
 * The layout with this name.
 *
 * @throws BootError `bad-input` that names those there are
 */
export function layoutNamed(name: string): Layout {
  const found = layouts.find((layout) => layout.name === name);
  if (found === undefined) {
    const known = layouts.map((layout) => layout.name).join(", ");
    throw new BootError("bad-input", `there is no layout ${JSON.stringify(name)}; there are ${known}`);
  }
  return found;
}
