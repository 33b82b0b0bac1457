import type { AddressFacts, NodeFacts } from "../../src/contract.ts";
import { BootError } from "../../src/errors.ts";
import type { Effects } from "../../src/ports.ts";
import type { Reachability } from "../../src/policy/vantage.ts";
import {
  advert,
  advertWithoutRouter,
  answering,
  healthyNode,
  identity,
  interfaces,
  ipv4Address,
  ipv6Address,
  leaseWithoutGateway,
  losses,
  nicNamed,
  privateLease,
  proven,
  reaches,
  silent,
  throughBridge,
  uplinkOn,
} from "./samples.ts";

type Facts<Name extends keyof Effects> = Awaited<ReturnType<Effects[Name]>>;
type Outcomes = {
  [Name in keyof Effects]: Record<string, (input: Parameters<Effects[Name]>[0]) => Facts<Name> | BootError>;
};

const finding = (found: Partial<Reachability>): Reachability => ({
  ...{ answer: "unknown", reason: "so it is", address: null, vantage: null, at: "2026-01-01T00:00:00.000Z" },
  ...found,
});

/** What a registrar says to what nobody but a person can put right. */
const refused = { "is refused": () => new BootError("refused", "the registrar refuses it") };

const lost = Object.fromEntries(
  Object.entries(losses).map(([what, facts]) => [`lost ${what}`, (): NodeFacts => facts]),
);
const addresses = (facts: AddressFacts) => (): AddressFacts => facts;

/** What each effect may come to when it does not fail; the first outcome is that of a healthy world. */
export const outcomes: Outcomes = {
  claimNode: { claims: () => ({ isClaimed: true }), "finds it claimed": () => ({ isClaimed: false }) },
  settleDevices: { settles: () => ({}) },
  recover: {
    "finds nothing": () => ({ identity, adopted: null, hasIpv6: true, givenBack: [] }),
    "finds an uplink in its place": () => ({
      identity,
      adopted: { uplink: uplinkOn("eth0"), exit: throughBridge, idle: [] },
      hasIpv6: true,
      givenBack: ["eth1"],
    }),
  },
  giveBackProbes: { "gives back": () => ["eth0"] },
  listNics: {
    two: () => ({ nics: ["eth0", "eth1"].map(nicNamed), otherLinks: [] }),
    none: () => ({ nics: [], otherLinks: [] }),
  },
  awaitCarrier: { "has carrier": () => ({ carrierAtMs: 100 }) },
  isolateNic: { isolates: () => ({ isolation: "passthru", listeningAtMs: 150 }) },
  requestLease: {
    "private gateway": () => ({ lease: privateLease, heardAtMs: 200 }),
    "no gateway": () => ({ lease: leaseWithoutGateway, heardAtMs: 200 }),
  },
  solicitRouter: {
    router: () => ({ advert, heardAtMs: 200 }),
    "prefix only": () => ({ advert: advertWithoutRouter, heardAtMs: 200 }),
  },
  proveEgress: { reaches: () => proven, "gateway answers": () => answering, silence: () => silent },
  shunServers: {
    "finds no other": () => ({ shunned: [] }),
    "finds another": (asked) => ({ shunned: "servers" in asked ? asked.servers : ["192.168.1.66"] }),
  },
  findOwner: {
    "finds nobody": () => ({ owner: null }),
    "finds a host": () => ({ owner: "02:00:00:00:00:66" }),
  },
  checkAddresses: { checks: ({ service }) => ({ service }) },
  releaseNic: { releases: ({ nic }) => ({ nic }) },
  ensureBridge: { builds: ({ uplink }) => ({ bridge: "zos", port: uplink.nic }) },
  ensureLeaseClient: { registers: ({ service }) => ({ service }) },
  restartLeaseClient: { restarts: ({ service }) => ({ service }) },
  findLeaseClient: { "finds none": () => ({ isRunning: false }), "finds it": () => ({ isRunning: true }) },
  awaitLeaseClientEnd: { ends: ({ service }) => ({ service }) },
  runLeaseClient: { ends: () => ({ exitCode: 0, stderr: "" }) },
  awaitAddress: { "gets address": () => ({ zos: ipv4Address, advertisedDns: [] }) },
  ensureResolver: { writes: () => ({ dnsServers: ["9.9.9.9"] }) },
  reachTargets: {
    reaches: ({ goals }) => ({ reached: goals.reachTargets[0] ?? null, hindrance: null }),
    "reaches none": () => ({ reached: null, hindrance: null }),
    "meets a portal": () => ({
      reached: null,
      hindrance: { kind: "portal", by: null, says: "captive portal: another answers" },
    }),
  },
  keepExit: { keeps: ({ exit }) => ({ exitNic: exit.exitNic }) },
  ensureNdmz: { builds: () => ({ namespace: "ndmz" }) },
  awaitNdmzIpv6: { "gets IPv6": addresses(ipv6Address) },
  ensureNat: { installs: () => ({ table: "zos-boot" }) },
  renewRules: { renews: () => ({ isRenewed: true }) },
  inspectNode: { "all in place": () => healthyNode, ...lost },
  ensureAccount: {
    "has an account": () => ({ twinId: 5, clockOffsetMs: 0 }),
    "has the wrong time": () => ({ twinId: null, clockOffsetMs: 300_000 }),
    "is to wait": () => new BootError("busy", "the registrar is busy", { retryAfterMs: 30_000 }),
    ...refused,
  },
  ensureNode: { registers: () => ({ nodeId: 7, farmId: 1, interfaces }), ...refused },
  reportUptime: { reports: () => ({ uptimeSeconds: 60 }), ...refused },
  askVantage: {
    possible: ({ vantage }) => finding({ answer: "possible", address: "2001:db8:1::7", vantage }),
    "no global IPv6": () => finding({ answer: "impossible" }),
    "is to wait": () => new BootError("busy", "the vantage is busy", { retryAfterMs: 30_000 }),
  },
  proveReach: Object.fromEntries(Object.entries(reaches).map(([what, reach]) => [what, () => reach])),
};
