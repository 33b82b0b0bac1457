import { bootMachine, type BootContext } from "../../../machines/boot.ts";
import type { SettingsChanged } from "../../../machines/events.ts";
import { contextOf } from "../../../machines/enroll-context.ts";
import type { InternetOutput } from "../../../machines/internet-context.ts";
import type { NetworkdOutput } from "../../../machines/networkd-context.ts";
import type { Choice, ProbeFacts } from "../../../src/contract.ts";
import type { BootSettings } from "../../../src/policy/grid.ts";
import { unprobed } from "../../../src/policy/selection.ts";
import { maxAttempts } from "../../../src/policy/timing.ts";
import { outcomes } from "../outcomes.ts";
import {
  advert,
  enrolling,
  grid,
  identity as node,
  ipv4Address,
  nicNamed,
  noAddress,
  privateLease,
  proven,
  settings,
  sightings,
  throughBridge,
  uplinkOn,
} from "../samples.ts";
import { capped, type Subject } from "../subject.ts";

const choice: Choice = {
  uplink: uplinkOn("eth0"),
  exit: throughBridge,
  others: [],
  failed: [],
  isRemoteFault: false,
  verdicts: [],
};
const reached: InternetOutput = {
  outcome: "reached",
  choice,
  probes: [],
  zos: ipv4Address,
  reached: "registrar.example:443",
  advertisedDns: [],
  failure: null,
};
const failed: InternetOutput = {
  ...reached,
  outcome: "failed",
  choice: null,
  reached: null,
  failure: "no NIC has a default gateway",
};
const leadingOut: ProbeFacts = {
  ...unprobed(nicNamed("eth1")),
  ...{ carrierAtMs: 100, lease: privateLease, proof4: proven, pending: [] },
};
const leadingOutByIpv6: ProbeFacts = { ...leadingOut, lease: null, proof4: null, advert, proof6: proven };
const networkdEnd = (outcome: NetworkdOutput["outcome"], wasOnline: boolean) => (): NetworkdOutput => ({
  outcome,
  wasOnline,
  failure: null,
});

/** Settings that are read anew: those before, what counts at its next use, and rules that forbid or allow what is. */
const changes: Partial<BootSettings>[] = [
  {},
  { reachTargets: ["hub.example:443"] },
  { uplink: "eth1" },
  { exit: "eth1" },
];

const changed = (own: BootSettings, hasOtherClient: boolean): SettingsChanged => ({
  ...{ type: "settings.changed", settings: own, hasOtherClient },
});

export const bootSubject: Subject = {
  name: "boot",
  machine: bootMachine,
  inputs: {
    "the whole boot": { settings, stage: "all" },
    "the one-shot": { settings, stage: "internet" },
    "the daemon": { settings, stage: "networkd" },
    "the daemon, which enrols beside": { settings: enrolling, stage: "networkd" },
    "the whole boot, which enrols first": { settings: { ...enrolling, enrolment: "required" }, stage: "all" },
  },
  outcomes: {
    ...outcomes,
    watchUplink: {},
    watchNics: {},
    enroll: {},
    reachability: {},
    rules: {},
    internet: {
      reached: () => reached,
      failed: () => failed,
      woken: () => ({ ...failed, outcome: "woken" }),
      "finds another uplink": () => ({ ...failed, probes: [leadingOut] }),
      "finds another exit": () => ({ ...failed, probes: [leadingOutByIpv6] }),
    },
    networkd: {
      "uplink lost while online": networkdEnd("uplinkLost", true),
      "uplink lost before online": networkdEnd("uplinkLost", false),
      "uplink dead": networkdEnd("uplinkDead", true),
      "exit alone": networkdEnd("exitAlone", true),
      "failed after online": networkdEnd("failed", true),
      failed: networkdEnd("failed", false),
    },
  },
  reports: {
    enroll: {
      "not enrolled": () => contextOf({ grid }),
      enrolled: () => ({ ...contextOf({ grid }), place: { twinId: 5, nodeId: 7, farmId: 1 } }),
    },
    internet: { "nothing yet": () => ({ probes: [] }), "another NIC leads out": () => ({ probes: [leadingOut] }) },
    networkd: {
      "all is well": () => ({ wants: null, isSettled: true, exit: throughBridge, identity: node }),
      "nothing leads out": () => ({ wants: "uplink" }),
      "workloads have no way out": () => ({ wants: "exit" }),
    },
  },
  events: {
    "stop.requested": [{ type: "stop.requested" }],
    "settings.changed": [
      ...changes.map((change) => changed({ ...settings, ...change }, false)),
      changed(settings, true),
      changed(enrolling, false),
    ],
    "nics.observed": sightings.map((nics) => ({ type: "nics.observed", nics })),
    "uplink.observed": [
      { type: "uplink.observed", missing: "there is no bridge zos", zos: noAddress },
      { type: "uplink.observed", missing: null, zos: ipv4Address },
    ],
  },
  watches: ["watchUplink", "watchNics", "enroll", "reachability", "rules"],
  steady: ["reachability", "rules"],
  relevant: (
    { stage, settings: own, identity, isEnrolling, isEnrolled, mayAdopt, ...context }: BootContext,
    path: string,
  ) => [
    stage,
    [own.uplink, own.exit, own.registrars.length > 0, own.enrolment],
    [isEnrolling, isEnrolled],
    identity !== null,
    mayAdopt,
    capped(context.restarts, 1),
    path === "internet" && context.adopted !== null,
    hasChosen.test(path) && context.choice?.uplink?.nic,
    path.startsWith("recover") && capped(context.attempts, maxAttempts),
    path.startsWith("networkd") && context.wants,
    (path === "restart" || path === "networkd.rest") && context.sighted,
  ],
};

/** States in which the choice is read; the others come to a new one first. */
const hasChosen = /^(selectExit|enroll|networkd)/;
