import type { Ipv4Network, Layout, Segment } from "./layout.ts";
import { homeDual, homeIpv4, homeIpv6, managementIpv4, nic, online, publicIpv4, publicIpv6, router } from "./parts.ts";

const carrierIpv4: Ipv4Network = {
  ...homeIpv4,
  address: "100.64.7.1/24",
  pool: ["100.64.7.100", "100.64.7.199"],
  gateways: ["100.64.7.1"],
};

const silent: Segment = { name: "silent", router: null };
const stranded: Segment = { name: "stranded", router: router({ ...managementIpv4, gateways: [] }, null) };

/** A home of its own, the third byte of whose addresses is this. */
function homeNumber(index: number): Segment {
  const net = `192.168.${index}`;
  const ipv4: Ipv4Network = {
    ...homeIpv4,
    address: `${net}.1/24`,
    pool: [`${net}.100`, `${net}.199`],
    gateways: [`${net}.1`],
  };
  return { name: `home${index}`, router: router(ipv4, { ...homeIpv6, prefix: `2001:db8:${index}::/64` }) };
}

const manyNics = 64;
const homes = [1, 2, 3, 4];

/** Nodes with more than one NIC. */
export const manyLayouts: readonly Layout[] = [
  {
    name: "oob-workload",
    summary: "a NIC in a private network for management, and one with public IPv4 and IPv6 for workloads",
    segments: [
      { name: "oob", router: router(managementIpv4, null) },
      { name: "dc", router: router(publicIpv4, publicIpv6) },
    ],
    nics: [nic("eth0", "oob"), nic("eth1", "dc")],
    expected: online("eth0", { exit: "eth1", reasons: { eth0: /private gateway 10\.20\.0\.1/, eth1: /workloads/ } }),
  },
  {
    name: "oob-dead-end",
    summary: "a NIC in a private network whose gateway answers but leads nowhere, and one in a good home network",
    segments: [{ name: "oob", router: router(managementIpv4, null, { isDeadEnd: true }) }, homeDual],
    nics: [nic("eth0", "oob"), nic("eth1", "home")],
    expected: online("eth1", { reasons: { eth0: /10\.20\.0\.1 (leads nowhere|was not proven)/ } }),
  },
  {
    name: "ha-pair",
    summary: "two NICs in the same home network",
    segments: [homeDual],
    nics: [nic("eth0", "home"), nic("eth1", "home")],
    expected: online("eth0", { exit: "eth1" }),
  },
  {
    name: "cgnat",
    summary: "a NIC behind carrier-grade NAT (RFC 6598), and one with public IPv4 and IPv6",
    segments: [
      { name: "carrier", router: router(carrierIpv4, null) },
      { name: "dc", router: router(publicIpv4, publicIpv6) },
    ],
    nics: [nic("eth0", "carrier"), nic("eth1", "dc")],
    expected: online("eth0", { exit: "eth1", reasons: { eth0: /carrier-grade NAT gateway 100\.64\.7\.1/ } }),
  },
  {
    name: "dead-7",
    summary:
      "eight NICs of which one works: three have no carrier, three are in silent networks, one's lease has no gateway",
    segments: [homeDual, silent, stranded],
    nics: [
      nic("eth0", null),
      nic("eth1", "silent"),
      nic("eth2", "stranded"),
      nic("eth3", "silent", { hasCarrier: false }),
      nic("eth4", "silent"),
      nic("eth5", "home"),
      nic("eth6", null),
      nic("eth7", "silent"),
    ],
    expected: online("eth5", {
      reasons: {
        eth0: /no carrier/,
        eth3: /no carrier/,
        eth6: /no carrier/,
        eth1: /^carrier, but/,
        eth4: /^carrier, but/,
      },
    }),
  },
  {
    name: "nics-64",
    summary: "64 NICs in four home networks",
    segments: homes.map(homeNumber),
    nics: Array.from({ length: manyNics }, (_, index) => nic(`eth${index}`, `home${homes[index % homes.length] ?? 0}`)),
    expected: online(/^eth\d+$/), // Whichever probes the processor lets finish first.
  },
];
