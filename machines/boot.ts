import {
  assign,
  enqueueActions,
  type EventObject,
  forwardTo,
  sendTo,
  type Snapshot,
  setup,
  type SnapshotFrom,
} from "xstate";
import type { Adopted, Choice, Identity, MayAdopt, ProbeFacts, Recovery, Settings, Stage } from "../src/contract.ts";
import { arrivals, hasCarrierBeside, type Sighting, sightingsOf } from "../src/policy/arrivals.ts";
import { fullJitterMs } from "../src/policy/backoff.ts";
import { type BootSettings, gridOf } from "../src/policy/grid.ts";
import { hasProvenExit, settingsBeside, withOtherExit, withoutOtherExit } from "../src/policy/other-exit.ts";
import { hasProvenCandidate, hasSpare } from "../src/policy/selection.ts";
import { areRulesOther, changedKeys, type Refusal, refusalBy, whyNoExitBy } from "../src/policy/settings-change.ts";
import { lanOf } from "../src/policy/lan-access.ts";
import { goalsOf } from "../src/policy/target.ts";
import { maxAttempts, timing } from "../src/policy/timing.ts";
import { trialMac } from "../src/policy/vantage.ts";
import { effect, type FactsOf, watch } from "./actors.ts";
import { enrollMachine } from "./enroll.ts";
import type { EnrollContext } from "./enroll-context.ts";
import {
  failureIn,
  missingIn,
  type NicsObserved,
  nicsIn,
  nicsObserved,
  outputIn,
  type SettingsChanged,
  settingsIn,
  type UplinkObserved,
  uplinkObserved,
} from "./events.ts";
import { internetMachine } from "./internet.ts";
import type { InternetContext, InternetInput, InternetOutput } from "./internet-context.ts";
import { networkdMachine } from "./networkd.ts";
import { rulesMachine } from "./rules.ts";
import { reachabilityMachine } from "./reachability.ts";
import type { Exit } from "./reachability-context.ts";
import type { NetworkdContext, NetworkdInput, NetworkdOutput } from "./networkd-context.ts";

/** What a boot begins with. */
export interface BootInput {
  settings: BootSettings;
  stage: Stage;
}

/** All that a boot knows. */
export interface BootContext extends BootInput {
  identity: Identity | null;
  /** Whether the kernel speaks IPv6 at all. */
  hasIpv6: boolean;
  adopted: Adopted | null;
  /** After a round in which the uplink failed, it must prove itself again. */
  mayAdopt: MayAdopt;
  choice: Choice | null;
  probes: ProbeFacts[];
  /** DNS servers that routers advertised on zos (RFC 8106). */
  advertisedDns: string[];
  /** Rounds since the node was last online; drives the backoff. */
  restarts: number;
  attempts: number;
  /** The NICs when they were last looked at; null when nobody has looked. */
  sighted: Sighting[] | null;
  /** What the network in use does not give, and another NIC's may: a way out at all, or one for workloads. */
  wants: NetworkdContext["wants"];
  /** Whether the node is being announced at the grid, and whether the grid knows it. */
  isEnrolling: boolean;
  isEnrolled: boolean;
  failure: string | null;
}

type StopRequested = { type: "stop.requested" };
type NetworkdReported = { type: "xstate.snapshot.networkd"; snapshot: SnapshotFrom<typeof networkdMachine> };

/** The whole boot of a node: recover, internet, enroll, networkd; restarts for ever until an operator stops it. */
export const bootMachine = setup({
  types: {
    context: {} as BootContext,
    input: {} as BootInput,
    events: {} as StopRequested | SettingsChanged | UplinkObserved | NicsObserved,
  },
  actors: {
    watchUplink: watch("watchUplink", uplinkObserved),
    watchNics: watch("watchNics", nicsObserved),
    claimNode: effect("claimNode"),
    settleDevices: effect("settleDevices"),
    recover: effect("recover"),
    internet: internetMachine,
    enroll: enrollMachine,
    networkd: networkdMachine,
    giveBackProbes: effect("giveBackProbes"),
    reachability: reachabilityMachine,
    rules: rulesMachine,
  },
  actions: {
    noteFailure: assign(({ event }) => ({ failure: failureIn(event) })),
    noteRecovery: assign(({ event }) => {
      const { identity, hasIpv6, adopted } = outputIn(event) as Recovery;
      return { identity, hasIpv6, adopted };
    }),
    noteInternet: assign(({ event }) => {
      const { choice, probes, advertisedDns, failure, outcome } = outputIn(event) as InternetOutput;
      return { choice, probes, advertisedDns, failure, mayAdopt: uplinkIf(outcome === "reached") };
    }),
    noteNetworkd: assign(({ context, event }) => {
      const { failure, wasOnline, outcome } = outputIn(event) as NetworkdOutput;
      return { failure, restarts: wasOnline ? 0 : context.restarts, mayAdopt: adoptableAfter[outcome] };
    }),
    noteMissing: assign(({ event }) => ({ failure: missingIn(event) })),
    noteProbed: assign(({ context }) => ({
      sighted: context.probes.length === 0 ? null : context.probes.map(({ nic }) => ({ name: nic, hasCarrier: true })),
    })),
    noteNics: assign(({ event }) => ({ sighted: sightingsOf(nicsIn(event)) })),
    noteSettings: enqueueActions(({ event, enqueue }) => {
      enqueue.assign({ settings: settingsIn(event) as BootSettings });
      enqueue.sendTo("rules", event);
    }),
    keepEnrolling: enqueueActions(({ context: { settings, isEnrolling }, enqueue }) => {
      const [grid, isWanted] = [gridOf(settings), settings.registrars.length > 0];
      if (isEnrolling && isWanted) enqueue.sendTo("enroll", { type: "grid.configured", grid });
      else if (isEnrolling) enqueue.stopChild("enroll");
      else if (isWanted) enqueue.spawnChild("enroll", { id: "enroll", input: { grid }, syncSnapshot: true });
      enqueue.assign({ isEnrolling: isWanted });
      if (!isWanted) enqueue.assign({ isEnrolled: false });
    }),
    tellVantages: sendTo("reachability", ({ context }) => ({
      ...{ type: "vantages.configured", vantages: context.settings.vantages },
    })),
    tellExit: sendTo("reachability", ({ event }) => ({ type: "exit.settled", exit: exitIn(event) })),
    tellNoExit: sendTo("reachability", { type: "exit.settled", exit: null }),
    noteEnrolment: assign(({ event }) => ({ isEnrolled: isEnrolledIn(event) })),
    forgetEnrolment: assign({ isEnrolling: false, isEnrolled: false }),
    tellInternet: forwardTo("internet"),
    tellNetworkd: forwardTo("networkd"),
    judgeAdoption: assign(({ context, event }) => ({
      mayAdopt: uplinkIf(refusedIn(context, event) !== "uplink"),
      restarts: 0,
    })),
    noteOtherExit: assign(({ context, event }) => {
      const { probes } = outputIn(event) as InternetOutput;
      return { choice: withOtherExit(chosen(context), probes, context.settings) };
    }),
    forgetExit: assign(({ context }) => ({ choice: withoutOtherExit(chosen(context)) })),
    noteWants: assign(({ event }) => ({ wants: wantedIn(event) })),
    forgetWants: assign({ wants: null }),
    noteBeside: assign(({ event }) => ({
      sighted: probesIn(event).map(({ nic, carrierAtMs }) => ({ name: nic, hasCarrier: carrierAtMs !== null })),
    })),
    adoptNothing: assign({ mayAdopt: "nothing" }),
    countAttempt: assign(({ context }) => ({ attempts: context.attempts + 1 })),
    resetAttempts: assign({ attempts: 0 }),
    countRestart: assign(({ context }) => ({ restarts: context.restarts + 1 })),
  },
  guards: {
    isExhausted: ({ context }) => context.attempts + 1 >= maxAttempts,
    isDaemonAlone: ({ context }) => context.stage === "networkd",
    isOneShot: ({ context }) => context.stage === "internet",
    isNothingMissing: ({ event }) => missingIn(event) === null,
    isClaimed: ({ event }) => (outputIn(event) as FactsOf<"claimNode">).isClaimed,
    isGateOpen: ({ context: { settings, isEnrolling, isEnrolled } }) =>
      settings.enrolment === "eager" || isEnrolled || !isEnrolling,
    isReached: ({ event }) => (outputIn(event) as InternetOutput).outcome === "reached",
    isWoken: ({ event }) => (outputIn(event) as InternetOutput).outcome === "woken",
    isArrival: ({ context, event }) => arrivals(context.sighted, nicsIn(event), context.settings.ignoreNics).length > 0,
    isWanting: ({ context }) => context.wants !== null,
    isContent: ({ context }) => context.wants === null,
    isUplinkElsewhere: ({ context, event }) =>
      context.wants === "uplink" && hasProvenCandidate(probesIn(event), context.settings),
    isExitElsewhere: ({ context, event }) =>
      context.wants !== null && hasProvenExit(chosen(context), probesIn(event), context.settings),
    isArrivalBeside: ({ context, event }) =>
      arrivals(context.sighted, nicsIn(event), settingsForOthers(context).ignoreNics).length > 0,
    hasNicBeside: ({ context }) => hasCarrierBeside(context.sighted, settingsForOthers(context).ignoreNics),
    isUplinkOutdated: ({ context, event }) => isClientOther(event) || refusedIn(context, event) === "uplink",
    isExitRefused: ({ context, event }) => refusedIn(context, event) === "exit",
    isRoundOther: ({ context, event }) =>
      isClientOther(event) ||
      areRulesOther(context.settings, settingsIn(event)) ||
      changedKeys(context.settings, settingsIn(event)).includes("nicKinds"),
    isAdoptedExitRefused: ({ context }) =>
      context.adopted !== null && whyNoExitBy(context.settings, chosen(context)) !== null,
    isUplinkLost: ({ event }) => (outputIn(event) as NetworkdOutput).outcome !== "failed",
  },
  delays: {
    gateCheck: timing.gateCheck.ms,
    stepBackoff: ({ context }) => fullJitterMs(context.attempts, timing.stepBackoff, Math.random()),
    seekBackoff: ({ context }) => fullJitterMs(context.attempts, timing.seekBackoff, Math.random()),
    restartBackoff: ({ context }) => fullJitterMs(context.restarts, timing.restartBackoff, Math.random()),
  },
}).createMachine({
  id: "boot",
  description: "Brings a bare node onto the Internet and keeps it there.",
  context: ({ input }) => ({
    ...input,
    identity: null,
    hasIpv6: true,
    adopted: null,
    mayAdopt: "uplink",
    choice: null,
    probes: [],
    advertisedDns: [],
    restarts: 0,
    attempts: 0,
    sighted: null,
    wants: null,
    isEnrolling: false,
    isEnrolled: false,
    failure: null,
  }),
  invoke: [
    {
      id: "reachability",
      src: "reachability",
      input: ({ context }) => ({ vantages: context.settings.vantages }),
    },
    { id: "rules", src: "rules", input: ({ context }) => ({ lan: lanOf(context.settings) }) },
  ],
  on: {
    "stop.requested": ".stopping",
    "settings.changed": { actions: "noteSettings" },
    "xstate.snapshot.enroll": { actions: "noteEnrolment" },
    "xstate.error.actor.enroll": { actions: ["noteFailure", "forgetEnrolment"] },
  },
  initial: "start",
  states: {
    start: {
      description: "The daemon alone leaves it to the one-shot to find an uplink.",
      always: [{ guard: "isDaemonAlone", target: "awaitUplink" }, { target: "settle" }],
    },
    awaitUplink: {
      description: "The one-shot puts the uplink into its place; says what is missing, and waits as long as it takes.",
      entry: "resetAttempts",
      initial: "listen",
      states: {
        listen: {
          description: "The kernel tells of bridge, port, carrier, address and default route.",
          invoke: {
            id: "watchUplink",
            src: "watchUplink",
            input: {},
            onError: { target: "retry", actions: "noteFailure" },
          },
          on: {
            "uplink.observed": [{ guard: "isNothingMissing", target: "claim" }, { actions: "noteMissing" }],
          },
        },
        claim: {
          description: "The node is claimed for this process, once the one-shot has let it go.",
          invoke: {
            id: "claimNode",
            src: "claimNode",
            input: {},
            onDone: [
              { guard: "isClaimed", target: "#boot.recover", actions: assign({ failure: null }) },
              { target: "retry", actions: assign({ failure: "another zos-boot is at work on this node" }) },
            ],
            onError: { target: "retry", actions: "noteFailure" },
          },
        },
        retry: {
          description: "The uplink cannot be had yet; looks again soon.",
          after: { stepBackoff: { target: "listen", actions: "countAttempt" } },
        },
      },
    },
    settle: {
      description: "udev gets the time to load the drivers of NICs and to name them.",
      invoke: { id: "settleDevices", src: "settleDevices", input: {}, onDone: "recover", onError: "recover" },
    },
    reconsider: {
      description:
        "Another NIC leads out where the uplink does not, or what is in use is refused: all is looked at anew.",
      always: "recover",
    },
    recover: {
      description: "Takes stock: gives back what an interrupted run left, adopts what is right already.",
      entry: "resetAttempts",
      on: { "settings.changed": { target: ".attempt", actions: "noteSettings" } },
      initial: "attempt",
      states: {
        attempt: {
          description: "Reads the kernel's state and gives back strayed NICs, namespaces and processes.",
          invoke: {
            id: "recover",
            src: "recover",
            input: ({ context }) => ({ mayAdopt: context.mayAdopt, settings: context.settings }),
            onDone: { target: "#boot.internet", actions: "noteRecovery" },
            onError: { target: "retry", actions: "noteFailure" },
          },
        },
        retry: {
          description: "Taking stock failed; tries again a bounded number of times.",
          always: { guard: "isExhausted", target: "#boot.restart" },
          after: { stepBackoff: { target: "attempt", actions: "countAttempt" } },
        },
      },
    },
    internet: {
      description: "One-time stage: find the NIC that leads to the Internet and put the node on it.",
      invoke: {
        id: "internet",
        src: "internet",
        input: ({ context }): InternetInput => ({
          settings: context.settings,
          identity: identityOf(context),
          adopted: context.adopted,
          isReportOnly: false,
        }),
        onDone: [
          { guard: "isReached", target: "reached", actions: "noteInternet" },
          { guard: "isWoken", target: "settle", actions: "noteInternet" },
          { target: "restart", actions: "noteInternet" },
        ],
        onError: { target: "restart", actions: "noteFailure" },
      },
      on: {
        "settings.changed": [
          { guard: "isRoundOther", target: "settle", actions: "noteSettings" },
          { actions: ["noteSettings", "tellInternet"] },
        ],
      },
    },
    reached: {
      description: "The node is on the Internet and stays there by its lease client: all that a one-shot is for.",
      always: [
        { guard: "isOneShot", target: "done" },
        { guard: "isAdoptedExitRefused", target: "selectExit" },
        { target: "enroll" },
      ],
    },
    selectExit: {
      description: "Workloads must not leave as they do: NICs beside those in use are probed for another exit.",
      invoke: {
        id: "others",
        src: "internet",
        input: ({ context }) => besideUplink(context),
        onDone: { target: "enroll", actions: "noteOtherExit" },
        onError: { target: "enroll", actions: ["noteFailure", "forgetExit"] },
      },
      on: { "settings.changed": { target: "recover", actions: "noteSettings" } },
    },
    enroll: {
      description:
        "The node is announced at the grid, from now on for its life; the rest goes on beside that unless it shall wait.",
      entry: ["keepEnrolling", "tellVantages"],
      always: { guard: "isGateOpen", target: "networkd" },
      on: { "settings.changed": { actions: ["noteSettings", "keepEnrolling", "tellVantages"] } },
      after: { gateCheck: "restart" },
    },
    networkd: {
      description: "For the node's life: ndmz, its IPv6 address, NAT, and mending what gets lost.",
      entry: ["resetAttempts", "forgetWants"],
      exit: "tellNoExit",
      invoke: {
        id: "networkd",
        src: "networkd",
        onSnapshot: { actions: ["noteWants", "tellExit"] },
        input: ({ context }): NetworkdInput => {
          if (context.choice?.uplink == null) throw new Error("there is no uplink");
          const { uplink, exit } = context.choice;
          return {
            identity: identityOf(context),
            uplink,
            exit,
            hasSpareUplink: hasSpare(context.probes, uplink.nic),
            goals: goalsOf(context.settings),
            lan: lanOf(context.settings),
            advertisedDns: context.advertisedDns,
          };
        },
        onDone: [
          { guard: "isUplinkLost", target: "reconsider", actions: "noteNetworkd" },
          { target: "restart", actions: "noteNetworkd" },
        ],
        onError: { target: "restart", actions: "noteFailure" },
      },
      on: {
        "settings.changed": [
          { guard: "isUplinkOutdated", target: "reconsider", actions: ["judgeAdoption", "noteSettings"] },
          { guard: "isExitRefused", target: "selectExit", actions: "noteSettings" },
          { actions: ["noteSettings", "tellNetworkd", "keepEnrolling", "tellVantages"] },
        ],
      },
      initial: "content",
      states: {
        content: {
          description: "The network in use gives what is needed, as far as is known.",
          always: { guard: "isWanting", target: "seek" },
        },
        seek: {
          description: "It does not: the other NICs are probed beside it.",
          invoke: {
            id: "others",
            src: "internet",
            input: ({ context }) => besideUplink(context),
            onSnapshot: { guard: "isUplinkElsewhere", target: "#boot.reconsider", actions: "adoptNothing" },
            onDone: [
              { guard: "isUplinkElsewhere", target: "#boot.reconsider", actions: "adoptNothing" },
              { guard: "isExitElsewhere", target: "#boot.enroll", actions: "noteOtherExit" },
              { target: "rest", actions: "noteBeside" },
            ],
            onError: { target: "rest", actions: "noteFailure" },
          },
          on: {
            "settings.changed": {
              guard: "isExitRefused",
              target: "#boot.reconsider",
              actions: ["judgeAdoption", "noteSettings"],
            },
          },
        },
        rest: {
          description: "No other NIC gives it either: they are probed again later, at once when one arrives.",
          invoke: {
            id: "watchBeside",
            src: "watchNics",
            input: ({ context }) => ({ kinds: context.settings.nicKinds }),
            onError: { actions: "noteFailure" },
          },
          on: {
            "nics.observed": [{ guard: "isArrivalBeside", target: "seek" }, { actions: "noteNics" }],
          },
          always: { guard: "isContent", target: "content" },
          after: { seekBackoff: { guard: "hasNicBeside", target: "seek", actions: "countAttempt" } },
        },
      },
    },
    restart: {
      description:
        "This round failed: waits, with full jitter or until a NIC or other settings arrive, and starts over; never gives up.",
      entry: "noteProbed",
      invoke: {
        id: "watchNics",
        src: "watchNics",
        input: ({ context }) => ({ kinds: context.settings.nicKinds }),
        onError: { actions: "noteFailure" },
      },
      on: {
        "nics.observed": [{ guard: "isArrival", target: "settle" }, { actions: "noteNics" }],
        "settings.changed": { target: "settle", actions: "noteSettings" },
      },
      after: { restartBackoff: { target: "settle", actions: "countRestart" } },
    },
    stopping: {
      description: "An operator asked for the end: NICs that are being probed are given back.",
      invoke: {
        id: "giveBackProbes",
        src: "giveBackProbes",
        input: {},
        onDone: { target: "stopped" },
        onError: { target: "stopped", actions: "noteFailure" },
      },
    },
    done: {
      description: "The one-shot ends; the daemon goes on from here.",
      type: "final",
    },
    stopped: {
      description: "The program ends; the node keeps the network that it has.",
      type: "final",
    },
  },
});

/** What may be kept after each end of the daemon stage. */
const adoptableAfter: Record<NetworkdOutput["outcome"], MayAdopt> = {
  uplinkLost: "uplink",
  uplinkDead: "nothing",
  exitAlone: "exit",
  failed: "uplink",
};

function uplinkIf(isAdoptable: boolean): MayAdopt {
  return isAdoptable ? "uplink" : "nothing";
}

/** A look at the NICs that are not in use, which gives them back. */
function besideUplink(context: BootContext): InternetInput {
  return {
    settings: settingsForOthers(context),
    identity: identityOf(context),
    adopted: null,
    isReportOnly: true,
  };
}

/** The settings that leave NICs alone that are in use. */
function settingsForOthers(context: BootContext): Settings {
  return settingsBeside(context.settings, chosen(context));
}

function identityOf(context: BootContext): Identity {
  if (context.identity === null) throw new Error("recovery has not told who the node is");
  return context.identity;
}

function chosen({ choice }: BootContext): Choice {
  if (choice === null) throw new Error("nothing is chosen yet");
  return choice;
}

/** Whether the grid knows the node, by what its announcement tells. */
function isEnrolledIn(event: EventObject): boolean {
  const { snapshot } = event as EventObject & { snapshot: Snapshot<unknown> & { context?: EnrollContext } };
  return snapshot.context?.place != null;
}

/** What of the choice new settings take back. */
function refusedIn(context: BootContext, event: EventObject): Refusal["what"] | null {
  return refusalBy(context.settings, settingsIn(event), context)?.what ?? null;
}

/** Whether another program is to get leases. */
function isClientOther(event: EventObject): boolean {
  return event.type === "settings.changed" && (event as SettingsChanged).hasOtherClient;
}

/** What the daemon stage lacks, as it tells whenever it has come to something. */
function wantedIn(event: EventObject): NetworkdContext["wants"] {
  return (event as NetworkdReported).snapshot.context.wants;
}

/** What workloads leave through, once they reach the Internet; null while they do not. */
function exitIn(event: EventObject): Exit | null {
  const { isSettled, exit, identity } = (event as NetworkdReported).snapshot.context;
  return isSettled ? { bridge: exit.npub6Parent, mac: trialMac(identity.npub6Mac) } : null;
}

/** What other NICs were found to be, when all are known or before. */
function probesIn(event: EventObject): ProbeFacts[] {
  return event.type.startsWith("xstate.snapshot.")
    ? (event as { snapshot: { context: InternetContext } } & EventObject).snapshot.context.probes
    : (outputIn(event) as InternetOutput).probes;
}
