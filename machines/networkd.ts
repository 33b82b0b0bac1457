import { assign, enqueueActions, forwardTo, setup } from "xstate";
import type { Reach } from "../src/contract.ts";
import { fullJitterMs, retransmissionMs } from "../src/policy/backoff.ts";
import { exitThroughUplink } from "../src/policy/choice.ts";
import { clientBesideNdmz, clientInNeed } from "../src/policy/lease-clients.ts";
import { isSameLosses } from "../src/policy/losses.ts";
import { names } from "../src/policy/names.ts";
import { maxAttempts, maxMends, timing } from "../src/policy/timing.ts";
import { effect, watch } from "./actors.ts";
import { failureIn, outputIn, type SettingsChanged } from "./events.ts";
import type { NetworkdContext, NetworkdInput, NetworkdOutput, NodeObserved } from "./networkd-context.ts";
import {
  areRulesOther,
  configuredBy,
  contextOf,
  hasEarlierLoss,
  isClientContent,
  isAnsweredAgain,
  isExitAlone,
  isExitBarren,
  isEarlierNews,
  isExitBack,
  isLostOften,
  isNdmzOrClientLost,
  isWell,
  isZosBetter,
  isZosDead,
  ndmzOf,
  otherRules,
  nodeObserved,
  reachedBy,
  readBy,
  settingOf,
  toBeginAnew,
  solicitingOf,
  wantedBy,
} from "./networkd-context.ts";
import { conflictMachine } from "./conflict.ts";
import { onlineMachine } from "./online.ts";
import { resolverMachine } from "./resolver.ts";
import { onlineInputOf, type OnlineOutput } from "./online-context.ts";

/** The daemon stage: builds ndmz, waits for its IPv6 address, installs NAT, and mends what gets lost. */
export const networkdMachine = setup({
  types: {
    context: {} as NetworkdContext,
    input: {} as NetworkdInput,
    output: {} as NetworkdOutput,
    events: {} as NodeObserved | SettingsChanged,
  },
  actors: {
    ensureNdmz: effect("ensureNdmz"),
    ensureLeaseClient: effect("ensureLeaseClient"),
    awaitNdmzIpv6: effect("awaitNdmzIpv6"),
    ensureNat: effect("ensureNat"),
    inspectNode: effect("inspectNode"),
    proveReach: effect("proveReach"),
    restartLeaseClient: effect("restartLeaseClient"),
    online: onlineMachine,
    resolver: resolverMachine,
    conflict: conflictMachine,
    watchNode: watch("watchNode", nodeObserved),
  },
  actions: {
    noteFailure: assign(({ event }) => ({ failure: failureIn(event) })),
    noteNoRouter: assign(({ context }) => ({
      failure: context.wants === null ? null : "no IPv6 router advertised an address for ndmz",
    })),
    wantExit: assign({ wants: "exit" }),
    noteWants: assign(({ context }) => ({ wants: wantedBy(context) })),
    countAttempt: assign(({ context }) => ({ attempts: context.attempts + 1 })),
    resetAttempts: assign({ attempts: 0 }),
    countMend: assign(({ context }) => ({ mends: context.mends + 1 })),
    forgetMends: assign({ mends: 0 }),
    noteFacts: assign(({ context, event }) => readBy(event, context)),
    noteNode: assign(({ context, event }) => ({ ...readBy(event, context), failure: context.failure })),
    noteSettings: enqueueActions(({ event, enqueue }) => {
      enqueue.assign(configuredBy(event));
      enqueue.sendTo("resolver", event);
    }),
    endLost: assign({ outcome: "uplinkLost" }),
    endDead: assign({ outcome: "uplinkDead" }),
    endAlone: assign({ outcome: "exitAlone" }),
    giveUpRules: assign({ losses: [otherRules] }),
    tellOnline: forwardTo("online"),
    bearLosses: assign(({ context }) => ({ borne: context.losses })),
    noteReach: assign(({ context, event }) => reachedBy(event, context)),
    leaveThroughUplink: assign({ exit: exitThroughUplink }),
    giveUpExit: assign({ exit: exitThroughUplink, plan: exitThroughUplink }),
    leaveAsPlanned: assign(({ context }) => ({ exit: context.plan })),
    noteOnline: assign({ wasOnline: true, isSettled: true, wants: null, losses: [], borne: [] }),
    unsettle: assign({ isSettled: false }),
    noteFindings: assign(({ event }) => (outputIn(event) as OnlineOutput).found),
  },
  guards: {
    isExhausted: ({ context }) => context.attempts + 1 >= maxAttempts,
    isAnsweredAgain: ({ context }) => isAnsweredAgain(context),
    isMoreNews: ({ context, event }) => isEarlierNews(event, context),
    isMoreLost: ({ context }) => hasEarlierLoss(context) || isExitBack(context),
    hasOtherLosses: ({ context }) => !isSameLosses(context.losses, context.borne),
    isUplinkLost: ({ context }) => context.losses[0]?.loss === "uplink",
    isClientContent: ({ context }) => isClientContent(context),
    isExitLost: ({ context }) => context.losses[0]?.loss === "exit",
    isNdmzLost: ({ context }) => isNdmzOrClientLost(context),
    isIpv6Lost: ({ context }) => context.losses[0]?.loss === "ipv6",
    isNatLost: ({ context }) => context.losses[0]?.loss === "nat",
    areRulesOther: ({ context, event }) => areRulesOther(event, context),
    isWell: ({ context, event }) => isWell(outputIn(event) as Reach, context),
    isExitAlone: ({ context }) => isExitAlone(context.reach, context),
    isZosBetter: ({ context }) => isZosBetter(context),
    isExitBarren: ({ context }) => isExitBarren(context),
    isZosDead: ({ context }) => isZosDead(context),
    isExitBack: ({ context }) => isExitBack(context),
    isLostOften: ({ context, event }) => isLostOften(outputIn(event) as OnlineOutput, context.mends >= maxMends),
    isLost: ({ event }) => (outputIn(event) as OnlineOutput).outcome === "lost",
    isUnreached: ({ event }) => (outputIn(event) as OnlineOutput).outcome === "unreached",
    isBack: ({ event }) => (outputIn(event) as OnlineOutput).outcome === "exitBack",
  },
  delays: {
    stepBackoff: ({ context }) => fullJitterMs(context.attempts, timing.stepBackoff, Math.random()),
    remoteBackoff: ({ context }) => fullJitterMs(context.attempts, timing.remoteBackoff, Math.random()),
    solicitAgain: ({ context }) => retransmissionMs(context.attempts, timing.solicitAgain, Math.random()),
    mendBackoff: ({ context }) => fullJitterMs(context.mends - maxMends, timing.mendBackoff, Math.random()),
    routerGrace: timing.routerGrace.ms,
    steady: timing.steady.ms,
  },
}).createMachine({
  id: "networkd",
  description: "Builds the node's routing and NAT router and keeps it working for the node's life.",
  context: ({ input }) => contextOf(input),
  output: ({ context: { outcome, wasOnline, failure } }) => ({ outcome, wasOnline, failure }),
  invoke: [
    {
      id: "resolver",
      src: "resolver",
      input: ({ context }) => ({ advertisedDns: context.advertisedDns, goals: context.goals }),
      onError: { actions: "noteFailure" },
    },
    {
      id: "conflictOnZos",
      src: "conflict",
      input: { service: names.uplinkClient, namespace: null, link: names.bridge, isFirstKnown: true },
      onError: { actions: "noteFailure" },
    },
    {
      id: "conflictOnNpub4",
      src: "conflict",
      input: { service: names.ndmzClient, namespace: names.ndmz, link: names.npub4, isFirstKnown: false },
      onError: { actions: "noteFailure" },
    },
  ],
  on: { "settings.changed": { actions: "noteSettings" } },
  initial: "ndmz",
  states: {
    ndmz: {
      description: "The namespace ndmz exists with its bridges, interfaces and sysctls.",
      entry: "resetAttempts",
      initial: "attempt",
      states: {
        attempt: {
          description: "Builds or mends ndmz and reads it back.",
          invoke: {
            id: "ensureNdmz",
            src: "ensureNdmz",
            input: ({ context }) => ndmzOf(context),
            onDone: { target: "client" },
            onError: { target: "retry", actions: "noteFailure" },
          },
        },
        client: {
          description: "A DHCP client for npub4, or that of zos where it is missed, is ensured beside.",
          invoke: {
            id: "ensureLeaseClient",
            src: "ensureLeaseClient",
            input: ({ context }) => clientBesideNdmz(context),
            onDone: { target: "#networkd.waitIpv6" },
            onError: { target: "#networkd.waitIpv6", actions: "noteFailure" },
          },
        },
        retry: {
          description: "ndmz could not be built; tries again a bounded number of times.",
          always: { guard: "isExhausted", target: "#networkd.failed" },
          after: { stepBackoff: { target: "attempt", actions: "countAttempt" } },
        },
      },
    },
    waitIpv6: {
      description: "ndmz needs an IPv6 address and default route; loops until it has them.",
      entry: "resetAttempts",
      initial: "listen",
      states: {
        listen: {
          description: "Routers are solicited on npub6, ever less often, and heard at once whenever they advertise.",
          invoke: {
            id: "awaitNdmzIpv6",
            src: "awaitNdmzIpv6",
            input: ({ context }) => solicitingOf(context),
            onDone: { target: "#networkd.nat" },
            onError: { target: "retry", actions: "noteFailure" },
          },
          on: {
            "node.observed": [{ guard: "isMoreNews", target: "retry", actions: "noteNode" }, { actions: "noteNode" }],
          },
          after: { solicitAgain: { target: "check", actions: ["countAttempt", "wantExit"] } },
          initial: "hopeful",
          states: {
            hopeful: {
              description: "A router has the time that the standard gives it to answer.",
              after: { routerGrace: "doubtful" },
            },
            doubtful: {
              description: "No router has answered in time: what else is lost meanwhile is heard too.",
              invoke: {
                id: "watchWaiting",
                src: "watchNode",
                input: ({ context }) => settingOf(context),
                onError: { actions: "noteFailure" },
              },
            },
          },
        },
        retry: {
          description: "No IPv6 yet: the node could not be listened to, or has lost something else.",
          after: { stepBackoff: { target: "check", actions: "countAttempt" } },
        },
        check: {
          description: "Are uplink and ndmz still there to wait with?",
          invoke: {
            id: "inspectNode",
            src: "inspectNode",
            input: ({ context }) => settingOf(context),
            onDone: { target: "weigh", actions: "noteFacts" },
            onError: { target: "retry", actions: "noteFailure" },
          },
        },
        weigh: {
          description:
            "What is lost besides IPv6 is mended first; an exit without it is given up where the uplink has it.",
          always: [
            { guard: "isMoreLost", target: "#networkd.mend" },
            { guard: "isExitBarren", target: "#networkd.mend" },
            { guard: "isClientContent", target: "renew", actions: "noteNoRouter" },
            { target: "listen", actions: "noteNoRouter" },
          ],
        },
        renew: {
          description:
            "A client that is content with a lease of no use asks anew, no more often than routers are asked.",
          invoke: {
            id: "restartLeaseClient",
            src: "restartLeaseClient",
            input: ({ context }) => clientInNeed(context.facts, context),
            onDone: { target: "listen" },
            onError: { target: "listen", actions: "noteFailure" },
          },
        },
      },
    },
    nat: {
      description: "NAT and filter rules are put into ndmz, atomically.",
      entry: "resetAttempts",
      initial: "attempt",
      states: {
        attempt: {
          description: "Replaces the program's own table in one transaction and reads it back.",
          invoke: {
            id: "ensureNat",
            src: "ensureNat",
            input: ({ context }) => ({ lan: context.lan }),
            onDone: { target: "#networkd.prove" },
            onError: { target: "retry", actions: "noteFailure" },
          },
        },
        retry: {
          description: "The rules were not accepted; tries again a bounded number of times.",
          always: { guard: "isExhausted", target: "#networkd.failed" },
          after: { stepBackoff: { target: "attempt", actions: "countAttempt" } },
        },
      },
    },
    prove: {
      description: "Connections to the Internet are opened from inside ndmz, in each family that it has.",
      entry: "resetAttempts",
      initial: "attempt",
      states: {
        attempt: {
          description: "Any target suffices; IPv6 is required, IPv4 is not.",
          invoke: {
            id: "proveReach",
            src: "proveReach",
            input: ({ context }) => ({ goals: context.goals, anew: toBeginAnew(context) }),
            onDone: [
              { guard: "isWell", target: "#networkd.online", actions: "noteReach" },
              { target: "retry", actions: "noteReach" },
            ],
            onError: { target: "retry", actions: "noteFailure" },
          },
        },
        retry: {
          description: "Another NIC that leads out, for either, is taken at once; otherwise it is tried again.",
          always: [
            { guard: "isExitAlone", target: "#networkd.exitAlone" },
            { guard: "isZosBetter", target: "#networkd.ndmz", actions: "giveUpExit" },
            { guard: "isExhausted", target: "elsewhere" },
          ],
          after: { stepBackoff: { target: "attempt", actions: "countAttempt" } },
        },
        elsewhere: {
          description: "Did something else lead out?",
          always: [{ guard: "isZosDead", target: "#networkd.uplinkDead" }, { target: "#networkd.degraded" }],
          exit: "bearLosses",
        },
      },
    },
    online: {
      description: "Workloads reach the Internet; each loss leads back to the earliest step that mends it.",
      entry: "noteOnline",
      exit: "unsettle",
      invoke: {
        id: "online",
        src: "online",
        input: ({ context }) => onlineInputOf(context),
        onDone: [
          { guard: "isLostOften", target: "hold", actions: "noteFindings" },
          { guard: "isLost", target: "mend", actions: ["noteFindings", "countMend"] },
          { guard: "isUnreached", target: "prove.retry", actions: "noteFindings" },
          { guard: "isBack", target: "ndmz", actions: ["noteFindings", "leaveAsPlanned"] },
          { target: "failed", actions: "noteFindings" },
        ],
        onError: { target: "failed", actions: "noteFailure" },
      },
      on: {
        "settings.changed": [
          { guard: "areRulesOther", target: "mend", actions: ["noteSettings", "giveUpRules"] },
          { actions: ["noteSettings", "tellOnline"] },
        ],
      },
      after: { steady: { actions: "forgetMends" } },
    },
    hold: {
      description: "What was mended is lost again: mending is spaced.",
      after: { mendBackoff: { target: "mend", actions: "countMend" } },
    },
    mend: {
      description: "The earliest step that mends what is lost goes on from here.",
      always: [
        { guard: "isUplinkLost", target: "uplinkLost" },
        { guard: "isExitBack", target: "ndmz", actions: "leaveAsPlanned" },
        { guard: "isExitLost", target: "ndmz", actions: "leaveThroughUplink" },
        { guard: "isExitBarren", target: "ndmz", actions: "giveUpExit" },
        { guard: "isNdmzLost", target: "ndmz" },
        { guard: "isIpv6Lost", target: "waitIpv6" },
        { guard: "isNatLost", target: "nat" },
        { target: "prove" },
      ],
    },
    uplinkDead: { description: "The router is silent, another NIC led out.", type: "final", entry: "endDead" },
    degraded: {
      description: "Workloads reach nothing: why is said, and it is tried again.",
      entry: ["resetAttempts", "noteWants"],
      invoke: {
        id: "watchDegraded",
        src: "watchNode",
        input: ({ context }) => settingOf(context),
        onError: { actions: "noteFailure" },
      },
      on: {
        "node.observed": { actions: "noteFacts" },
        "settings.changed": [
          { guard: "areRulesOther", target: "mend", actions: ["noteSettings", "giveUpRules"] },
          { actions: "noteSettings" },
        ],
      },
      always: { guard: "hasOtherLosses", target: "mend" },
      initial: "wait",
      states: {
        wait: {
          description: "The fault is beyond what can be mended here; a gateway that answers again may end it.",
          always: [
            { guard: "isExitAlone", target: "#networkd.exitAlone" },
            { guard: "isAnsweredAgain", target: "attempt" },
          ],
          after: { remoteBackoff: { target: "attempt", actions: "countAttempt" } },
        },
        attempt: {
          description: "Is it over?",
          invoke: {
            id: "proveLater",
            src: "proveReach",
            input: ({ context }) => ({ goals: context.goals, anew: toBeginAnew(context) }),
            onDone: [
              { guard: "isWell", target: "#networkd.online", actions: "noteReach" },
              { target: "wait", actions: ["noteReach", "noteWants"] },
            ],
            onError: { target: "wait", actions: "noteFailure" },
          },
        },
      },
    },
    exitAlone: { description: "The exit alone leads out: it becomes the uplink.", type: "final", entry: "endAlone" },
    uplinkLost: { description: "zos lost its way out: the boot starts over.", type: "final", entry: "endLost" },
    failed: { description: "ndmz could not be brought up in this round.", type: "final" },
  },
});
