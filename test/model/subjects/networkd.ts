import { networkdMachine } from "../../../machines/networkd.ts";
import type { NetworkdContext } from "../../../machines/networkd-context.ts";
import { isServing } from "../../../src/policy/egress.ts";
import { maxAttempts } from "../../../src/policy/timing.ts";
import { outcomes } from "../outcomes.ts";
import {
  healthyNode,
  identity,
  losses,
  settings,
  sightings,
  throughBridge,
  throughEth1,
  tidings,
  uplinkOn,
} from "../samples.ts";
import { capped, type Subject } from "../subject.ts";

const common = {
  identity,
  uplink: uplinkOn("eth0"),
  hasSpareUplink: false,
  nicKinds: ["physical"],
  targets: ["registrar.example:443"],
  advertisedDns: [],
};

export const networkdSubject: Subject = {
  name: "networkd",
  machine: networkdMachine,
  inputs: {
    "an uplink": { ...common, exit: throughBridge },
    "an uplink, and another NIC": { ...common, exit: throughBridge, hasSpareUplink: true },
    "an uplink and an exit": { ...common, exit: throughEth1 },
  },
  outcomes: { ...outcomes, keepResolver: {}, watchNode: {}, watchNics: {} },
  reports: {},
  events: {
    "settings.changed": [{ type: "settings.changed", settings, hasOtherClient: false }],
    "nics.observed": sightings.map((nics) => ({ type: "nics.observed", nics })),
    "node.observed": [healthyNode, ...Object.values(losses), ...Object.values(tidings)].map((facts) => ({
      type: "node.observed",
      facts,
    })),
  },
  watches: ["keepResolver", "watchNode", "watchNics"],
  relevant: (context: NetworkdContext, path: string) => {
    const { attempts, losses: lost, borne, reach, silent, facts, exit, plan, hasSpareUplink, wasOnline } = context;
    return [
      /(retry|judge|elsewhere|attempt|listen|wait|diagnose)$/.test(path) && capped(attempts, maxAttempts),
      /^(degraded|online.renew)/.test(path) && lost[0]?.loss,
      path.startsWith("degraded") && borne[0]?.loss,
      path.startsWith("prove") && [reach && isServing(reach), silent.length > 0],
      /^(prove|online.check|degraded)/.test(path) && (facts?.silentGateways.length ?? 0) > 0,
      plan.exitNic !== exit.exitNic && facts?.carriers.includes("eth1"),
      exit.exitNic,
      hasSpareUplink,
      wasOnline,
      path === "waitIpv6.retry" && context.sighted,
    ];
  },
};
