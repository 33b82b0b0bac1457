import { assign, setup } from "xstate";
import type { Reach } from "../src/contract.ts";
import { aboutMs, fullJitterMs } from "../src/policy/backoff.ts";
import { isIpv4Left, isIpv4Misled, isIpv4Stale } from "../src/policy/egress.ts";
import { clientInNeed, ndmzClient, uplinkClient } from "../src/policy/lease-clients.ts";
import { isSameLosses } from "../src/policy/losses.ts";
import { goalsOf } from "../src/policy/target.ts";
import { checksAStocktaking, maxAttempts, maxShunned, timing } from "../src/policy/timing.ts";
import { effect, type FactsOf, watch } from "./actors.ts";
import { failureIn, outputIn, type SettingsChanged, settingsIn } from "./events.ts";
import {
  hasGatewayNews,
  isExitBack,
  type NodeObserved,
  isWell,
  nodeObserved,
  reachedBy,
  readBy,
  settingOf,
  toBeginAnew,
} from "./networkd-context.ts";
import { lossGraceMs, misledBy, type OnlineContext, type OnlineInput, type OnlineOutput } from "./online-context.ts";

/** A node that is online: watches over all that it consists of, and ends when something must be mended. */
export const onlineMachine = setup({
  types: {
    context: {} as OnlineContext,
    input: {} as OnlineInput,
    output: {} as OnlineOutput,
    events: {} as NodeObserved | SettingsChanged,
  },
  actors: {
    inspectNode: effect("inspectNode"),
    proveReach: effect("proveReach"),
    restartLeaseClient: effect("restartLeaseClient"),
    shunServers: effect("shunServers"),
    watchNode: watch("watchNode", nodeObserved),
  },
  actions: {
    noteFailure: assign(({ event }) => ({ failure: failureIn(event) })),
    countAttempt: assign(({ context }) => ({ attempts: context.attempts + 1 })),
    resetAttempts: assign({ attempts: 0 }),
    noteFacts: assign(({ context, event }) => readBy(event, context)),
    bearLosses: assign(({ context }) => ({ borne: context.losses })),
    forgetLosses: assign({ losses: [] }),
    noteSettings: assign(({ event }) => ({ goals: goalsOf(settingsIn(event)) })),
    noteReach: assign(({ context, event }) => reachedBy(event, context)),
    noteDeafness: assign(({ context }) => ({ deafness: context.deafness + 1 })),
    countCheck: assign(({ context }) => ({ checks: context.checks + 1 })),
    resetChecks: assign({ checks: 0 }),
    noteHearing: assign({ deafness: 0 }),
    noteOnline: assign(({ context }) => ({ losses: [], failure: context.deafness === 0 ? null : context.failure })),
  },
  guards: {
    isExhausted: ({ context }) => context.attempts + 1 >= maxAttempts,
    isStocktakingDue: ({ context }) => context.checks + 1 >= checksAStocktaking,
    hasLosses: ({ context }) => context.losses.length > 0,
    isCertain: ({ context }) => context.losses[0]?.loss === "nat",
    isWhole: ({ context }) => context.losses.length === 0,
    hasGatewayNews: ({ context }) => hasGatewayNews(context),
    isLeaseLost: ({ context }) => context.losses[0]?.loss === "lease",
    isLeaseLossOther: ({ context }) => !isSameLosses(context.losses, context.borne),
    isIpv4Left: ({ context: { reach, facts, attempts } }) =>
      reach !== null && facts !== null && isIpv4Left(reach, facts.npub4) && attempts < maxAttempts,
    isIpv4Misled: ({ context: { reach, facts, attempts } }) =>
      reach !== null && facts !== null && isIpv4Misled(reach, facts.zos) && attempts < maxShunned,
    isNodeWell: ({ context: { reach } }) => reach?.node.v4.state === "works",
    isOthersTurn: ({ event }) => (outputIn(event) as FactsOf<"shunServers">).shunned.length > 0,
    isIpv4Stale: ({ context: { reach, facts } }) => reach !== null && facts !== null && isIpv4Stale(reach, facts.npub4),
    isWell: ({ context, event }) => isWell(outputIn(event) as Reach, context),
    isWellButDeaf: ({ context, event }) => context.deafness > 0 && isWell(outputIn(event) as Reach, context),
    isExitBack: ({ context }) => isExitBack(context),
    isExitGone: ({ context }) => !isExitBack(context),
  },
  delays: {
    stepBackoff: ({ context }) => fullJitterMs(context.attempts, timing.stepBackoff, Math.random()),
    lossGrace: ({ context }) => lossGraceMs(context),
    addressTimeout: timing.addressTimeout.ms,
    calm: timing.calm.ms,
    exitReturn: timing.exitReturn.ms,
    deafGrace: ({ context }) => Math.min(timing.selfCheck.ms, timing.lossGrace.ms * 2 ** context.deafness),
    leaseRetry: timing.leaseRetry.ms,
    selfCheck: ({ context: { providers } }) =>
      aboutMs(providers === "" ? timing.selfCheck.ms : timing.providerCheck.ms, 0.25, Math.random()),
  },
}).createMachine({
  id: "online",
  description: "Watches over a node that is online, until something must be mended.",
  context: ({ input }) => ({ ...input, losses: [], borne: [], attempts: 0, checks: 0, end: "failed" }),
  output: ({ context }) => {
    const { end, facts, losses, reach, silent, providers, gateways4, hadZosIpv6, deafness, failure } = context;
    return {
      outcome: end,
      found: { facts, losses, reach, silent, providers, gateways4, hadZosIpv6, deafness, failure },
    };
  },
  entry: "noteOnline",
  on: { "node.observed": { actions: "noteFacts" }, "settings.changed": { actions: "noteSettings" } },
  invoke: {
    id: "watchNode",
    src: "watchNode",
    input: ({ context }) => settingOf(context),
    onError: { target: ".deaf", actions: ["noteDeafness", "noteFailure"] },
  },
  initial: "watching",
  states: {
    watching: {
      description: "Everything is in its place; the kernel tells of changes.",
      always: [
        { guard: "hasLosses", target: "suspect" },
        { guard: "hasGatewayNews", target: "check" },
        { guard: "isIpv4Left", target: "misled", actions: "countAttempt" },
        { guard: "isIpv4Misled", target: "misled", actions: "countAttempt" },
        { guard: "isExitBack", target: "returning" },
      ],
      after: {
        addressTimeout: { guard: "isIpv4Stale", target: "check" },
        selfCheck: [
          {
            guard: "isStocktakingDue",
            target: "suspect.diagnose",
            actions: ["noteHearing", "resetChecks", "resetAttempts"],
          },
          { target: "check", actions: ["noteHearing", "countCheck", "resetAttempts"] },
        ],
      },
    },
    returning: {
      description: "The exit that was chosen works again; workloads return to it when it goes on working for a while.",
      always: [
        { guard: "hasLosses", target: "suspect" },
        { guard: "isExitGone", target: "watching" },
      ],
      after: { exitReturn: "exitBack" },
    },
    deaf: {
      description: "The kernel is not heard, which is said: the node is read and listened to again, ever less often.",
      after: { deafGrace: "suspect.diagnose" },
    },
    check: {
      description: "Connections to the Internet are opened again: is it still true?",
      always: { guard: "hasLosses", target: "suspect" },
      invoke: {
        id: "proveAgain",
        src: "proveReach",
        input: ({ context }) => ({ goals: context.goals, anew: toBeginAnew(context) }),
        onDone: [
          // After a watch that failed all begins anew, with one that listens again.
          { guard: "isWellButDeaf", target: "#online", reenter: true, actions: "noteReach" },
          { guard: "isWell", target: "watching", actions: "noteReach" },
          { target: "unreached", actions: "noteReach" },
        ],
        onError: { target: "unreached", actions: "noteFailure" },
      },
    },
    misled: {
      description: "IPv4 leads nowhere, for workloads or for the node too, while IPv6 goes on.",
      initial: "doubt",
      states: {
        doubt: {
          description:
            "The server of the lease that leads nowhere is not heard any more if another one has offered one.",
          invoke: {
            id: "shunServers",
            src: "shunServers",
            input: ({ context }) => misledBy(context),
            onDone: [
              { guard: "isNodeWell", target: "refresh" },
              { guard: "isOthersTurn", target: "askOther" },
              { target: "#online.calm" },
            ],
            onError: { target: "refresh", actions: "noteFailure" },
          },
        },
        askOther: {
          description: "The client of zos asks the other servers.",
          invoke: {
            id: "askOther",
            src: "restartLeaseClient",
            input: ({ context }) => uplinkClient(context.identity, context.uplink),
            onDone: { target: "refresh" },
            onError: { target: "refresh", actions: "noteFailure" },
          },
        },
        refresh: {
          description: "The client of npub4 asks anew.",
          invoke: {
            id: "refresh",
            src: "restartLeaseClient",
            input: ({ context }) => ndmzClient(context.identity, context),
            onDone: { target: "#online.calm" },
            onError: { target: "#online.calm", actions: "noteFailure" },
          },
        },
      },
    },
    calm: {
      description: "What seemed lost came back by itself; when it stays, connections are tried.",
      always: { guard: "hasLosses", target: "suspect" },
      after: { calm: "check" },
    },
    renew: {
      description: "zos has lost its IPv4 lease while IPv6 goes on, or a client is not run by its supervisor.",
      entry: "bearLosses",
      always: { guard: "isLeaseLossOther", target: "suspect.diagnose" },
      initial: "client",
      states: {
        client: {
          description: "The client is ended; its supervisor starts it anew.",
          invoke: {
            id: "restartLeaseClient",
            src: "restartLeaseClient",
            input: ({ context }) => clientInNeed(context.facts, context),
            onDone: { target: "listen" },
            onError: { target: "listen", actions: "noteFailure" },
          },
        },
        listen: {
          description: "The client has time to get a lease again.",
          after: { leaseRetry: "#online.suspect.diagnose" },
        },
      },
    },
    lost: {
      description: "Something is lost that a step must mend.",
      type: "final",
      entry: assign({ end: "lost" }),
    },
    unreached: {
      description: "All is in its place, but connections to the Internet fail, of workloads or of the node.",
      type: "final",
      entry: assign({ end: "unreached" }),
    },
    exitBack: {
      description: "Workloads return to the exit that was chosen.",
      type: "final",
      entry: assign({ end: "exitBack" }),
    },
    failed: {
      description: "The node could not be read.",
      type: "final",
    },
    suspect: {
      description: "Something seems lost.",
      entry: "resetAttempts",
      initial: "grace",
      states: {
        grace: {
          description:
            "A short flap mends itself; one of the only NIC is borne longer; what is certain is not waited for.",
          always: [
            { guard: "isWhole", target: "#online.calm" },
            { guard: "isCertain", target: "weigh" },
          ],
          after: { lossGrace: "diagnose" },
        },
        diagnose: {
          description: "What exactly is lost?",
          invoke: {
            id: "inspectNode",
            src: "inspectNode",
            input: ({ context }) => settingOf(context),
            onDone: { target: "weigh", actions: "noteFacts" },
            onError: { target: "retry", actions: ["noteFailure", "forgetLosses"] },
          },
        },
        weigh: {
          description: "Nothing, the lease alone, or what a step must mend.",
          always: [
            { guard: "isLeaseLost", target: "#online.renew" },
            { guard: "hasLosses", target: "#online.lost" },
            { target: "#online.check" },
          ],
        },
        retry: {
          description: "The node could not be read; tries again a bounded number of times.",
          always: { guard: "isExhausted", target: "#online.failed" },
          after: { stepBackoff: { target: "diagnose", actions: "countAttempt" } },
        },
      },
    },
  },
});
