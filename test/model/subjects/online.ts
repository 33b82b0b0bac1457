import type { OnlineContext, OnlineInput } from "../../../machines/online-context.ts";
import { gateways4In, providersIn } from "../../../machines/networkd-context.ts";
import { onlineMachine } from "../../../machines/online.ts";
import { hasIpv4, hasIpv6 } from "../../../src/policy/losses.ts";
import { checksAStocktaking, maxAttempts } from "../../../src/policy/timing.ts";
import { outcomes } from "../outcomes.ts";
import {
  healthyNode,
  identity,
  losses,
  reloaded,
  settings,
  reachedByIpv6,
  reaches,
  throughBridge,
  throughEth1,
  tidings,
  uplinkOn,
} from "../samples.ts";
import { lanOf } from "../../../src/policy/lan-access.ts";
import { capped, type Subject } from "../subject.ts";

const common: OnlineInput = {
  identity,
  uplink: uplinkOn("eth0"),
  exit: throughBridge,
  plan: throughBridge,
  hasSpareUplink: false,
  lan: lanOf(settings),
  goals: { reachTargets: ["registrar.example:443"], caFile: null, fallbackDns: [] },
  facts: null,
  reach: reaches["all works"],
  silent: [],
  providers: "",
  gateways4: "",
  hadZosIpv6: null,
  deafness: 0,
  failure: null,
};

export const onlineSubject: Subject = {
  name: "online",
  machine: onlineMachine,
  inputs: {
    "an uplink": common,
    "an uplink without IPv4 for workloads": { ...common, reach: reaches["workloads have no IPv4"] },
    "an uplink and an exit": { ...common, exit: throughEth1, plan: throughEth1 },
    "an uplink instead of the exit": { ...common, plan: throughEth1 },
  },
  outcomes: {
    ...outcomes,
    proveReach: { ...outcomes.proveReach, "IPv6 alone works": () => reachedByIpv6 },
    watchNode: {},
  },
  reports: {},
  events: {
    "settings.changed": [reloaded()],
    "node.observed": [healthyNode, ...Object.values(losses), ...Object.values(tidings)].map((facts) => ({
      type: "node.observed",
      facts,
    })),
  },
  watches: ["watchNode"],
  relevant: (
    {
      attempts,
      checks,
      losses: lost,
      silent,
      providers,
      gateways4,
      hadZosIpv6,
      facts,
      reach,
      exit,
      plan,
    }: OnlineContext,
    path: string,
  ) => [
    /(retry|diagnose|watching|check|refresh|doubt|askOther|calm|returning|deaf)$/.test(path) &&
      capped(attempts, maxAttempts),
    /^(watching|check)$/.test(path) && capped(checks, checksAStocktaking - 1),
    reach && [reach.node.v4.state, reach.workloads.v4.state, facts && hasIpv4(facts.npub4)],
    /^(renew|lost)/.test(path) && lost[0]?.loss,
    [silent.length > 0, (facts?.silentGateways.length ?? 0) > 0],
    providers !== providersIn(facts),
    gateways4 !== "" && ![gateways4, ""].includes(gateways4In(facts)),
    hadZosIpv6 !== null && facts !== null && hasIpv6(facts.zos) !== hadZosIpv6,
    plan.exitNic !== exit.exitNic && facts?.carriers.includes("eth1"),
    [exit.exitNic, plan.exitNic],
  ],
};
