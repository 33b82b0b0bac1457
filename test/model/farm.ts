import type {
  AddressFacts,
  Adopted,
  Advert,
  ExitPlan,
  Family,
  Lease,
  NodeFacts,
  Proof,
  Reach,
  SightedNic,
} from "../../src/contract.ts";
import type { Effects } from "../../src/ports.ts";
import type { GridInterface } from "../../src/policy/grid.ts";
import { hasIpv4, hasIpv6 } from "../../src/policy/losses.ts";
import { whyNoUplinkBy } from "../../src/policy/settings-change.ts";
import type { ManualClock } from "./manual-clock.ts";
import {
  contentClient,
  identity,
  nicNamed,
  noAddress,
  privateLease,
  proven,
  settings,
  throughBridge,
} from "./samples.ts";

/** What a NIC of the node is plugged into. */
export interface Wire {
  hasCarrier: boolean;
  lease: Lease | null;
  advert: Advert | null;
  gatewayAnswers: boolean;
  /** Whether targets answer while the NIC is probed, and while it is the port of the bridge. */
  hasEgress: boolean;
  hasEgressAsUplink: boolean;
}

export const deadWire: Wire = {
  hasCarrier: false,
  lease: null,
  advert: null,
  gatewayAnswers: false,
  hasEgress: false,
  hasEgressAsUplink: false,
};

export const ipv4Wire: Wire = {
  hasCarrier: true,
  lease: privateLease,
  advert: null,
  gatewayAnswers: true,
  hasEgress: true,
  hasEgressAsUplink: true,
};

/** What the node is, from which its effects answer at once, or as soon as it changes. */
export class Farm {
  readonly wires: Record<string, Wire>;
  readonly clock: ManualClock;
  /** Names of the effects in the order in which they were tried. */
  readonly tried: string[] = [];
  /** Effects that fail the next time. */
  readonly failing = new Set<string>();
  port: string | null = null;
  exit: ExitPlan = throughBridge;
  hasNdmz = false;
  hasNat = false;
  /** Another process has claimed the node. */
  isClaimed = false;
  hasRegistrar = true;
  /** Whether the lease of npub4 is of no use, and its client content with it. */
  isLeaseUseless = false;
  #waiting = new Set<() => void>();

  constructor(clock: ManualClock, wires: Record<string, Wire>) {
    this.clock = clock;
    this.wires = wires;
  }

  wire(nic: string | null): Wire {
    return (nic === null ? undefined : this.wires[nic]) ?? deadWire;
  }

  /** What a watch of the NICs sees. */
  nics(): SightedNic[] {
    return Object.entries(this.wires).map(([name, { hasCarrier }]) => ({ ...nicNamed(name), hasCarrier }));
  }

  /** Plugs a NIC into something else, which the node notices. */
  rewire(nic: string, change: Partial<Wire>): void {
    this.wires[nic] = { ...this.wire(nic), ...change };
    this.changed();
  }

  /** Tells everybody who waits for the node to change. */
  changed(): void {
    for (const look of this.#waiting) look();
  }

  /** Calls back now and after every change, until told to stop. */
  watch(look: () => void): () => void {
    this.#waiting.add(look);
    look();
    return () => void this.#waiting.delete(look);
  }

  /** What `read` gives, as soon as it gives something. */
  once<Value>(read: () => Value | null, signal: AbortSignal): Promise<Value> {
    return new Promise((resolve, reject) => {
      const stop = this.watch(() => {
        const value = read();
        if (value !== null) resolve(value);
      });
      signal.addEventListener("abort", () => {
        stop();
        reject(new Error("aborted"));
      });
    });
  }

  /** The same, and when that was. */
  async hear<Value>(read: () => Value | null, signal: AbortSignal): Promise<[Value, number]> {
    return [await this.once(read, signal), this.clock.nowMs];
  }

  prove(nic: string): Proof {
    const { gatewayAnswers, hasEgress } = this.wire(nic);
    return {
      gatewayAnswers,
      reached: hasEgress ? proven.reached : null,
      hindrance: null,
      provenAtMs: this.clock.nowMs,
    };
  }

  addresses(wire: Wire): AddressFacts {
    const { lease, advert } = wire.hasCarrier ? wire : deadWire;
    return {
      ipv4: lease === null ? [] : [lease.address],
      gateways4: lease?.gateways ?? [],
      ipv6: advert?.addresses ?? [],
      gateways6: advert?.routers ?? [],
    };
  }

  inspect(): NodeFacts {
    const wire = this.wire(this.port);
    const facts = this.addresses(wire);
    const npub = this.hasNdmz ? this.addresses(this.wire(this.exit.exitNic ?? this.port)) : noAddress;
    const exit = this.exit.exitNic;
    return {
      amiss: {
        uplink: wire.hasCarrier ? [] : ["no carrier"],
        exit: exit === null || this.wire(exit).hasCarrier ? [] : ["no carrier"],
        ndmz: this.hasNdmz ? [] : ["no ndmz"],
        nat: this.hasNat ? [] : ["no rules"],
      },
      idleClients: this.isLeaseUseless ? [contentClient] : [],
      hasFlap: false,
      carriers: Object.entries(this.wires).flatMap(([nic, { hasCarrier }]) => (hasCarrier ? [nic] : [])),
      silentGateways: [],
      zos: facts,
      npub4: npub,
      npub6: npub,
    };
  }

  /** What connections come to, from the node and from ndmz. */
  reach(): Reach {
    const of = (nic: string | null) => {
      const wire = this.wire(nic);
      const facts = this.addresses(wire);
      const state = (isThere: boolean) => (!isThere ? "absent" : wire.hasEgressAsUplink ? "works" : "fails");
      const egress = (isThere: boolean) =>
        ({ state: state(isThere), why: null, since: "2026-01-01T00:00:00.000Z" }) as const;
      return { v4: egress(hasIpv4(facts)), v6: egress(hasIpv6(facts)) };
    };
    return { node: of(this.port), workloads: of(this.exit.exitNic ?? this.port) };
  }

  /** The interfaces that a registrar knows the node by. */
  interfaces(): GridInterface[] {
    return [{ name: "zos", mac: "02:00:00:00:00:01", ips: this.addresses(this.wire(this.port)).ipv4 }];
  }

  /** What a registrar answers, as long as there is one. */
  ask<Value>(answer: () => Value): Promise<Value> {
    return this.hasRegistrar ? Promise.resolve(answer()) : Promise.reject(new Error("the registrar is out"));
  }

  uplinkAddresses(family: Family): AddressFacts | null {
    const facts = this.addresses(this.wire(this.port));
    return (family === "v4" ? hasIpv4(facts) : hasIpv6(facts)) ? facts : null;
  }

  adoptable(): Adopted | null {
    const families = (["v4", "v6"] as const).filter((family) => this.uplinkAddresses(family) !== null);
    if (this.port === null || families.length === 0) return null;
    return {
      uplink: { nic: this.port, mac: nicNamed(this.port).mac, mtuBytes: null, families },
      exit: this.exit,
      idle: [],
    };
  }
}

/** All effects as they act on the farm; each tries once, and waits where the real one does. */
export function effectsOn(farm: Farm): Effects {
  const now = <Value>(act: () => Value) => Promise.resolve(act());
  return {
    claimNode: () => now(() => ({ isClaimed: !farm.isClaimed })),
    settleDevices: () => now(() => ({})),
    recover: ({ mayAdopt, settings: rules }) =>
      now(() => {
        const found = mayAdopt === "uplink" ? farm.adoptable() : null;
        const adopted = found !== null && whyNoUplinkBy(rules, found.uplink.nic) === null ? found : null;
        farm.port = adopted?.uplink.nic ?? null;
        return { identity, adopted, hasIpv6: true, givenBack: [] };
      }),
    giveBackProbes: () => now(() => []),
    listNics: () => now(() => ({ nics: Object.keys(farm.wires).map(nicNamed), otherLinks: [] })),
    awaitCarrier: ({ nic }, { signal }) =>
      farm.once(() => (farm.wire(nic).hasCarrier ? { carrierAtMs: farm.clock.nowMs } : null), signal),
    isolateNic: () => now(() => ({ isolation: "passthru", listeningAtMs: farm.clock.nowMs })),
    requestLease: ({ nic }, { signal }) =>
      farm.hear(() => farm.wire(nic).lease, signal).then(([lease, heardAtMs]) => ({ lease, heardAtMs })),
    solicitRouter: ({ nic }, { signal }) =>
      farm.hear(() => farm.wire(nic).advert, signal).then(([advert, heardAtMs]) => ({ advert, heardAtMs })),
    proveEgress: ({ nic }) => now(() => farm.prove(nic)),
    findOwner: () => now(() => ({ owner: null })),
    shunServers: () => now(() => ({ shunned: [] })),
    releaseNic: ({ nic }) => now(() => ({ nic })),
    ensureBridge: ({ uplink }) =>
      now(() => {
        farm.port = uplink.nic;
        return { bridge: "zos", port: uplink.nic };
      }),
    checkAddresses: ({ service }) => now(() => ({ service })),
    restartLeaseClient: ({ service }) => now(() => ({ service })),
    ensureLeaseClient: ({ service }) => now(() => ({ service })),
    findLeaseClient: () => now(() => ({ isRunning: false })),
    awaitLeaseClientEnd: (_, { signal }) => farm.once<{ service: string }>(() => null, signal),
    runLeaseClient: (_, { signal }) => farm.once<{ exitCode: number; stderr: string }>(() => null, signal),
    awaitAddress: async ({ family }, { signal }) => ({
      zos: await farm.once(() => farm.uplinkAddresses(family), signal),
      advertisedDns: [],
    }),
    ensureResolver: () => now(() => ({ dnsServers: ["9.9.9.9"] })),
    reachTargets: () =>
      now(() => ({
        reached: farm.wire(farm.port).hasEgressAsUplink ? (settings.reachTargets[0] ?? null) : null,
        hindrance: null,
      })),
    keepExit: ({ exit }) => now(() => ({ exitNic: exit.exitNic })),
    ensureNdmz: ({ exit }) =>
      now(() => {
        farm.exit = exit;
        farm.hasNdmz = true;
        return { namespace: "ndmz" };
      }),
    awaitNdmzIpv6: (_, { signal }) =>
      farm.once(() => (hasIpv6(farm.inspect().npub6) ? farm.inspect().npub6 : null), signal),
    ensureNat: () =>
      now(() => {
        farm.hasNat = true;
        return { table: "zos-boot" };
      }),
    renewRules: () => now(() => ({ isRenewed: farm.hasNat })),
    inspectNode: () => now(() => farm.inspect()),
    proveReach: () => now(() => farm.reach()),
    ensureAccount: () => farm.ask(() => ({ twinId: 5, clockOffsetMs: 0 })),
    ensureNode: ({ grid: { farmId } }) =>
      farm.ask(() => ({ nodeId: 7, farmId: farmId ?? 0, interfaces: farm.interfaces() })),
    askVantage: ({ vantage }) =>
      now(() => ({ answer: "possible", reason: "it came in", address: null, vantage, at: "2026-01-01T00:00:00.000Z" })),
    reportUptime: () => farm.ask(() => ({ uptimeSeconds: 60 })),
  };
}
