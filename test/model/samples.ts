import type {
  Advert,
  AddressFacts,
  Egress,
  ExitPlan,
  Family,
  Identity,
  Lease,
  Nic,
  NodeFacts,
  Proof,
  Reach,
  SightedNic,
  Uplink,
} from "../../src/contract.ts";
import { defaultSettings } from "../../src/config/load.ts";
import { type BootSettings, type Grid, gridOf } from "../../src/policy/grid.ts";
import { names } from "../../src/policy/names.ts";

export const settings: BootSettings = { ...defaultSettings, reachTargets: ["registrar.example:443"] };

/** A reload that brings them, with what is said of others. */
export const reloaded = (others: Partial<BootSettings> = {}) => ({
  type: "settings.changed",
  settings: { ...settings, ...others },
  hasOtherClient: false,
});

/** A node that is to be announced at the grid. */
export const enrolling: BootSettings = {
  ...settings,
  registrars: ["https://a.example", "https://b.example"],
  farmId: 1,
};
export const grid: Grid = gridOf(enrolling);
export const interfaces = [{ name: "zos", mac: "02:00:00:00:00:01", ips: ["192.168.1.9"] }];

export const identity: Identity = {
  source: "dmi",
  duid: "00:04:4c:4c:45:44:00:31:10:39:80:52:b3:c0:4f:56:32:32",
  hostname: "node-7",
  npub4Mac: "02:00:00:00:00:04",
  npub6Mac: "02:00:00:00:00:06",
};

export function nicNamed(name: string): Nic {
  return { name, mac: `52:54:00:00:00:0${name.at(-1) ?? "0"}`, mtuBytes: 1500, driver: null };
}

/** What a watch of the NICs may tell. */
export const sightings: SightedNic[][] = [
  [],
  [{ ...nicNamed("eth0"), hasCarrier: false }],
  [{ ...nicNamed("eth0"), hasCarrier: true }],
  [
    { ...nicNamed("eth0"), hasCarrier: true },
    { ...nicNamed("eth9"), hasCarrier: true },
  ],
];

export function leaseWith(gateways: string[]): Lease {
  return {
    address: gateways[0]?.replace(/\d+$/, "9") ?? "10.0.0.9",
    prefixLength: 24,
    gateways,
    server: gateways[0] ?? null,
    dnsServers: ["9.9.9.9"],
    searchList: [],
    mtuBytes: null,
    leaseSeconds: 600,
    warnings: [],
  };
}

export const privateLease = leaseWith(["192.168.1.1"]);
export const publicLease = leaseWith(["185.69.166.1"]);
export const leaseWithoutGateway = leaseWith([]);

export const advert: Advert = { routers: ["fe80::1"], addresses: ["2a02:1802:5e::9/64"], dnsServers: [] };
export const advertWithoutRouter: Advert = { ...advert, routers: [] };

export const proven: Proof = {
  gatewayAnswers: true,
  reached: "registrar.example:443",
  hindrance: null,
  provenAtMs: 300,
};
export const answering: Proof = { gatewayAnswers: true, reached: null, hindrance: null, provenAtMs: 300 };
export const silent: Proof = { gatewayAnswers: false, reached: null, hindrance: null, provenAtMs: 300 };

export function uplinkOn(nic: string, families: Family[] = ["v4"]): Uplink {
  return { nic, mac: nicNamed(nic).mac, mtuBytes: null, families };
}

export const throughEth1: ExitPlan = {
  exitNic: "eth1",
  npub4Parent: names.publicBridge,
  npub6Parent: names.publicBridge,
};
export const throughBridge: ExitPlan = { exitNic: null, npub4Parent: names.bridge, npub6Parent: names.bridge };

export const noAddress: AddressFacts = { ipv4: [], ipv6: [], gateways4: [], gateways6: [] };
export const ipv4Address: AddressFacts = { ...noAddress, ipv4: ["192.168.1.9"], gateways4: ["192.168.1.1"] };
export const ipv6Address: AddressFacts = { ...noAddress, ipv6: ["2a02:1802:5e::9/64"], gateways6: ["fe80::1"] };

const nothingAmiss = { uplink: [], exit: [], ndmz: [], nat: [] };

export const healthyNode: NodeFacts = {
  amiss: nothingAmiss,
  idleClients: [],
  hasFlap: false,
  carriers: ["eth0"],
  silentGateways: [],
  zos: { ...ipv4Address, ipv6: ipv6Address.ipv6, gateways6: ipv6Address.gateways6 },
  npub4: ipv4Address,
  npub6: ipv6Address,
};

const without = (amiss: Partial<NodeFacts["amiss"]>, rest: Partial<NodeFacts> = {}): NodeFacts => ({
  ...healthyNode,
  amiss: { ...nothingAmiss, ...amiss },
  ...rest,
});

/** A client that only its end makes ask anew. */
export const contentClient = {
  service: names.ndmzClient,
  why: "DHCP lease has no usable address",
  isContent: true,
} as const;

const idle = (service: string) => ({ service, why: `${service} is not run by zinit (Failure)` });

/** What inspection tells of a node that lost one thing, and with it what is built upon it. */
export const losses = {
  uplink: without({ uplink: ["eth0 has no carrier"] }),
  "the uplink's default route": { ...healthyNode, zos: { ...noAddress, ipv4: ["192.168.1.9"] } },
  exit: without({ exit: ["eth1 has no carrier"] }),
  "exit, beside an uplink without IPv6": without({ exit: ["eth1 has no carrier"] }, { zos: ipv4Address }),
  ndmz: without(
    { ndmz: ["there is no namespace ndmz"], nat: ["there are no rules"] },
    { npub4: noAddress, npub6: noAddress },
  ),
  "IPv6 and NAT": without({ nat: ["other rules"] }, { npub6: noAddress }),
  "the IPv6 default route": { ...healthyNode, npub6: { ...ipv6Address, gateways6: [] } },
  "all but a link-local IPv6 address": { ...healthyNode, npub6: { ...ipv6Address, ipv6: ["fe80::9"] } },
  NAT: without({ nat: ["other rules"] }),
  "the IPv4 lease": { ...healthyNode, zos: ipv6Address },
  "the client of zos": { ...healthyNode, idleClients: [idle(names.uplinkClient)] },
  "the client of npub4": { ...healthyNode, idleClients: [idle(names.ndmzClient)] },
  "a client, beside IPv6": { ...healthyNode, npub6: noAddress, idleClients: [idle(names.uplinkClient)] },
  "a lease of no use, beside IPv6": { ...healthyNode, npub6: noAddress, idleClients: [contentClient] },
  "IPv6, while the exit's carrier is back": { ...healthyNode, npub6: noAddress, carriers: ["eth0", "eth1"] },
} satisfies Record<string, NodeFacts>;

/** Readings in which nothing is lost, but there is news. */
export const tidings = {
  "the exit's carrier is back": { ...healthyNode, carriers: ["eth0", "eth1"] },
  "there is another provider": {
    ...healthyNode,
    npub6: { ...ipv6Address, ipv6: ["2a02:1802:5e::9/64", "2001:db8::9/64"], gateways6: ["fe80::1", "fe80::2"] },
  },
  "a gateway is silent": { ...healthyNode, silentGateways: ["192.168.1.1%zos"] },
} satisfies Record<string, NodeFacts>;

const egress = (state: Egress["state"]): Egress => ({
  state,
  why: state === "works" ? null : state,
  since: "2026-01-01T00:00:00.000Z",
});
const both = (v4: Egress["state"], v6: Egress["state"]) => ({ v4: egress(v4), v6: egress(v6) });

/** What trials of connections may find; the first is a healthy world. */
export const reaches = {
  "all works": { node: both("works", "works"), workloads: both("works", "works") },
  "workloads reach nothing over IPv4": { node: both("works", "works"), workloads: both("fails", "works") },
  "workloads have no IPv4": { node: both("works", "works"), workloads: both("absent", "works") },
  "workloads reach nothing over IPv6": { node: both("works", "works"), workloads: both("works", "fails") },
  "workloads alone reach something": { node: both("fails", "fails"), workloads: both("works", "works") },
  "nobody reaches anything": { node: both("fails", "fails"), workloads: both("fails", "fails") },
} satisfies Record<string, Reach>;

/** IPv4 leads nowhere, for the node neither. */
export const reachedByIpv6: Reach = { node: both("fails", "works"), workloads: both("fails", "works") };
