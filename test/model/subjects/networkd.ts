import { networkdMachine } from "../../../machines/networkd.ts";
import type { NetworkdContext } from "../../../machines/networkd-context.ts";
import type { OnlineOutput } from "../../../machines/online-context.ts";
import { lossesOf } from "../../../src/policy/losses.ts";
import { isServing } from "../../../src/policy/egress.ts";
import { maxAttempts, maxMends } from "../../../src/policy/timing.ts";
import { outcomes } from "../outcomes.ts";
import {
  healthyNode,
  identity,
  losses,
  reaches,
  reloaded,
  settings,
  throughBridge,
  throughEth1,
  tidings,
  uplinkOn,
} from "../samples.ts";
import { lanOf } from "../../../src/policy/lan-access.ts";
import { capped, type Subject } from "../subject.ts";

const common = {
  identity,
  uplink: uplinkOn("eth0"),
  hasSpareUplink: false,
  lan: lanOf(settings),
  goals: { reachTargets: ["registrar.example:443"], caFile: null, fallbackDns: [] },
  advertisedDns: [],
};

const findings: OnlineOutput["found"] = {
  facts: healthyNode,
  losses: [],
  reach: reaches["all works"],
  silent: [],
  providers: "",
  gateways4: "",
  hadZosIpv6: null,
  deafness: 0,
  failure: null,
};
const lost = Object.entries(losses).map(([what, facts]): [string, () => OnlineOutput] => {
  const found = { ...findings, facts, losses: lossesOf(facts, common.uplink.families) };
  return [`lost ${what}`, () => ({ outcome: "lost", found })];
});
const ended = (outcome: OnlineOutput["outcome"], found: Partial<OnlineOutput["found"]>) => (): OnlineOutput => ({
  outcome,
  found: { ...findings, ...found },
});

export const networkdSubject: Subject = {
  name: "networkd",
  machine: networkdMachine,
  inputs: {
    "an uplink": { ...common, exit: throughBridge },
    "an uplink, and another NIC": { ...common, exit: throughBridge, hasSpareUplink: true },
    "an uplink and an exit": { ...common, exit: throughEth1 },
  },
  outcomes: {
    ...outcomes,
    resolver: {},
    conflict: {},
    watchNode: {},
    online: {
      "exit back": ended("exitBack", { facts: tidings["the exit's carrier is back"] }),
      "reaches nothing": ended("unreached", { reach: reaches["nobody reaches anything"] }),
      "reaches nothing, gateway silent": ended("unreached", {
        reach: reaches["nobody reaches anything"],
        facts: tidings["a gateway is silent"],
        silent: tidings["a gateway is silent"].silentGateways,
      }),
      "cannot be read": ended("failed", { failure: "ip did not answer" }),
      ...Object.fromEntries(lost),
    },
  },
  reports: {},
  events: {
    "settings.changed": [reloaded(), reloaded({ lanAccess: "allow" })],
    "node.observed": [healthyNode, ...Object.values(losses), ...Object.values(tidings)].map((facts) => ({
      type: "node.observed",
      facts,
    })),
  },
  watches: ["resolver", "conflict", "watchNode"],
  beside: ["resolver", "conflict"],
  relevant: (context: NetworkdContext, path: string) => {
    const { attempts, losses: missing, borne, reach, silent, facts, exit, plan, wants, hasSpareUplink } = context;
    return [
      /(retry|elsewhere|attempt|listen|wait)$/.test(path) && capped(attempts, maxAttempts),
      path.startsWith("degraded") && missing[0]?.loss,
      path.startsWith("degraded") && borne[0]?.loss,
      path.startsWith("prove") && [reach && isServing(reach), silent.length > 0],
      /^(prove|degraded)/.test(path) && (facts?.silentGateways.length ?? 0) > 0,
      plan.exitNic !== exit.exitNic && facts?.carriers.includes("eth1"),
      [exit.exitNic, plan.exitNic],
      hasSpareUplink,
      context.wasOnline,
      path.startsWith("waitIpv6") && exit.exitNic !== null && wants !== null,
      capped(context.mends, maxMends + 1),
      path === "hold" && [missing[0]?.loss, facts?.idleClients.length],
    ];
  },
};
