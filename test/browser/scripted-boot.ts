import { createActor } from "xstate";
import type { Lease } from "../../src/contract.ts";
import type { Effects, Watches } from "../../src/ports.ts";
import { observed } from "../../src/inspect/recording/observe.ts";
import { recordActors } from "../../src/inspect/recording/record-actors.ts";
import type { StreamRecord } from "../../src/inspect/recording/records.ts";
import { bootMachine } from "../../machines/boot.ts";
import { compose } from "../../src/program/compose.ts";
import {
  advert,
  healthyNode,
  identity,
  ipv4Address,
  leaseWith,
  leaseWithoutGateway,
  nicNamed,
  proven,
  reaches,
  settings,
  silent,
} from "../model/samples.ts";

/** What becomes of a NIC: a few of the fates that the lab's layouts have. */
type Fate = "unplugged" | "silent" | "no gateway" | "dead gateway" | "home";

const fates: Fate[] = ["unplugged", "silent", "no gateway", "dead gateway", "home", "unplugged", "silent", "unplugged"];

/** Records a boot of the machines with so many NICs, whose effects are scripted but take real time. */
export async function recordScriptedBoot(nics: number): Promise<StreamRecord[]> {
  const records: StreamRecord[] = [];
  const beganMs = performance.now();
  const clock = () => performance.now() - beganMs;
  const startedAt = new Date().toISOString();
  records.push({ type: "start", format: 1, version: "0.1.0", hostname: "node-7", startedAt, atMs: clock() });
  const recorder = recordActors(clock, (record) => records.push(structuredClone(record)));
  const machine = observed(compose(bootMachine, scriptedEffects(nics)), {
    onGuard: recorder.noteGuard,
    around: (_, begin) => begin(),
  });
  const actor = createActor(machine, { id: "boot", input: { settings, stage: "all" }, inspect: recorder.inspect });
  actor.start();
  const isOnline = () =>
    records.some((record) => record.type === "transition" && record.state.includes("online.watching"));
  await until(isOnline);
  await wait(300);
  actor.send({ type: "stop.requested" });
  await until(() => actor.getSnapshot().status === "done");
  records.push({ type: "end", atMs: clock() });
  return records;
}

async function until(isSo: () => boolean): Promise<void> {
  const deadlineMs = performance.now() + 20_000;
  while (!isSo()) {
    if (performance.now() > deadlineMs) throw new Error("the scripted boot did not come that far");
    await wait(10);
  }
}

function wait(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(new Error("it was stopped"));
    });
  });
}

function never(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(new Error("it was stopped")));
  });
}

function fateOf(nic: string): Fate {
  return fates[Number(nic.replace(/\D/g, "")) % fates.length] ?? "unplugged";
}

function leaseOf(nic: string): Lease {
  return fateOf(nic) === "no gateway" ? leaseWithoutGateway : leaseWith([`192.168.${nic.replace(/\D/g, "")}.1`]);
}

function scriptedEffects(count: number): Effects & Watches {
  const taking = async <Facts>(ms: number, facts: Facts): Promise<Facts> => {
    await wait(ms);
    return facts;
  };
  const heard = async <Facts extends object>(ms: number, facts: Facts): Promise<Facts & { heardAtMs: number }> => {
    await wait(ms);
    return { ...facts, heardAtMs: performance.now() };
  };
  return {
    settleDevices: () => taking(1, {}),
    recover: () => taking(30, { identity, adopted: null, hasIpv6: true, givenBack: [] }),
    giveBackProbes: () => taking(5, []),
    listNics: () =>
      taking(12, { nics: Array.from({ length: count }, (_, index) => nicNamed(`eth${index}`)), otherLinks: [] }),
    awaitCarrier: ({ nic }, { signal }) =>
      fateOf(nic) === "unplugged" ? never(signal) : taking(20 + nic.length * 3, { carrierAtMs: performance.now() }),
    isolateNic: () => taking(25, { isolation: "passthru" as const, listeningAtMs: performance.now() + 25 }),
    requestLease: ({ nic }, { signal }) =>
      fateOf(nic) === "silent" ? never(signal) : heard(60 + nic.length * 11, { lease: leaseOf(nic) }),
    solicitRouter: ({ nic }, { signal }) => (fateOf(nic) === "home" ? heard(110, { advert }) : never(signal)),
    findOwner: () => Promise.resolve({ owner: null }),
    shunServers: () => Promise.resolve({ shunned: [] }),
    proveEgress: ({ nic }) =>
      taking(40, { ...(fateOf(nic) === "dead gateway" ? silent : proven), provenAtMs: performance.now() + 40 }),
    releaseNic: ({ nic }) => taking(18, { nic }),
    ensureBridge: ({ uplink }) => taking(35, { bridge: "zos", port: uplink.nic }),
    ensureLeaseClient: ({ service }) => taking(5, { service }),
    claimNode: () => taking(1, { isClaimed: true }),
    checkAddresses: ({ service }) => taking(5, { service }),
    restartLeaseClient: ({ service }) => taking(5, { service }),
    findLeaseClient: () => taking(1, { isRunning: false }),
    runLeaseClient: (_, { signal }) => never(signal),
    awaitLeaseClientEnd: (_, { signal }) => never(signal),
    awaitAddress: () => taking(180, { zos: ipv4Address, advertisedDns: [] }),
    ensureResolver: () => taking(4, { dnsServers: ["9.9.9.9"] }),
    reachTargets: ({ goals }) => taking(60, { reached: goals.reachTargets[0] ?? null, hindrance: null }),
    keepExit: ({ exit }) => taking(1, { exitNic: exit.exitNic }),
    ensureNdmz: () => taking(90, { namespace: "ndmz" }),
    awaitNdmzIpv6: () => taking(150, ipv4Address),
    ensureNat: () => taking(20, { table: "zos-boot" }),
    renewRules: () => taking(1, { isRenewed: false }),
    inspectNode: () => taking(10, healthyNode),
    proveReach: () => taking(30, reaches["all works"]),
    ensureAccount: () => taking(30, { twinId: 5, clockOffsetMs: 0 }),
    ensureNode: () => taking(30, { nodeId: 7, farmId: 1, interfaces: [] }),
    reportUptime: () => taking(30, { uptimeSeconds: 60 }),
    askVantage: (_, { signal }) => never(signal),
    watchInterfaces: (_, { signal }) => never(signal),
    watchLease: (_, { signal }) => never(signal),
    keepResolver: (_, { signal }) => never(signal),
    watchNode: (_, { signal }) => never(signal),
    watchUplink: (_, { signal }) => never(signal),
    watchNics: (_, { signal }) => never(signal),
  };
}
