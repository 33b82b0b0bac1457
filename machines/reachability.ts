import { assign, setup } from "xstate";
import { aboutMs, fullJitterMs } from "../src/policy/backoff.ts";
import { timing } from "../src/policy/timing.ts";
import { effect, type FactsOf, watch } from "./actors.ts";
import { type InterfacesObserved, interfacesObserved } from "./enroll-context.ts";
import { failureIn, outputIn } from "./events.ts";
import {
  contextOf,
  type ExitSettled,
  failedBy,
  movedTo,
  networksIn,
  type ReachabilityContext,
  type ReachabilityInput,
  trialOf,
  type VantagesConfigured,
} from "./reachability-context.ts";

/** Finds out from elsewhere, for the node's life, whether the Internet reaches what the node serves over IPv6. */
export const reachabilityMachine = setup({
  types: {
    context: {} as ReachabilityContext,
    input: {} as ReachabilityInput,
    events: {} as ExitSettled | VantagesConfigured | InterfacesObserved,
  },
  actors: {
    askVantage: effect("askVantage"),
    watchInterfaces: watch("watchInterfaces", interfacesObserved),
  },
  actions: {
    noteExit: assign(({ event }) => ({ exit: (event as ExitSettled).exit, networks: null, attempts: 0 })),
    noteVantages: assign(({ context: { exit }, event }) => ({ ...contextOf(event as VantagesConfigured), exit })),
    noteNetworks: assign(({ context, event }) => movedTo(networksIn(event), context)),
    noteFinding: assign(({ event }) => {
      const finding = outputIn(event) as FactsOf<"askVantage">;
      return { finding, attempts: 0, waitMs: 0, failure: null };
    }),
    noteTrouble: assign(({ context, event }) => failedBy(event, context, new Date().toISOString())),
    noteDeafness: assign(({ event }) => ({ failure: failureIn(event), networks: null })),
    askNext: assign(({ context }) => ({ attempts: context.attempts + 1, turn: context.turn + 1 })),
    listenAgain: assign(({ context }) => ({ attempts: context.attempts + 1 })),
  },
  guards: {
    isReady: ({ context }) => context.exit !== null && context.vantages.length > 0,
    isExitOther: ({ context, event }) => JSON.stringify((event as ExitSettled).exit) !== JSON.stringify(context.exit),
    areVantagesOther: ({ context, event }) =>
      JSON.stringify((event as VantagesConfigured).vantages) !== JSON.stringify(context.vantages),
    areNetworksOther: ({ context, event }) => JSON.stringify(networksIn(event)) !== JSON.stringify(context.networks),
  },
  delays: {
    vantageSettle: () => aboutMs(timing.vantageSettle.ms, 0.5, Math.random()),
    vantageInterval: () => aboutMs(timing.vantageInterval.ms, 0.1, Math.random()),
    vantageBackoff: ({ context }) =>
      context.waitMs + fullJitterMs(context.attempts, timing.vantageBackoff, Math.random()),
  },
}).createMachine({
  id: "reachability",
  description: "Finds out from elsewhere whether the Internet reaches what the node serves over IPv6.",
  context: ({ input }) => contextOf(input),
  on: {
    "exit.settled": { guard: "isExitOther", target: ".waiting", actions: "noteExit" },
    "vantages.configured": { guard: "areVantagesOther", target: ".waiting", actions: "noteVantages" },
  },
  initial: "waiting",
  states: {
    waiting: {
      description: "Workloads do not reach the Internet yet, or nobody is configured who could be asked.",
      always: { guard: "isReady", target: "settled" },
    },
    settled: {
      description: "Workloads reach the Internet; each time that their network is another one, it is asked again.",
      invoke: {
        id: "watchInterfaces",
        src: "watchInterfaces",
        input: { nicKinds: [] },
        onError: { target: "deaf", actions: "noteDeafness" },
      },
      on: { "interfaces.observed": { guard: "areNetworksOther", target: ".quiet", actions: "noteNetworks" } },
      initial: "quiet",
      states: {
        quiet: {
          description: "Addresses that come together are waited for.",
          after: { vantageSettle: "asking" },
        },
        asking: {
          description: "A namespace with an address of its own has a vantage connect to it, and goes again.",
          invoke: {
            id: "askVantage",
            src: "askVantage",
            input: ({ context }) => trialOf(context),
            onDone: { target: "known", actions: "noteFinding" },
            onError: { target: "retry", actions: "noteTrouble" },
          },
        },
        known: {
          description: "It is known; a router or an ISP may change it all the same.",
          after: { vantageInterval: "asking" },
        },
        retry: {
          description: "It failed: the next vantage is asked later, as late as this one asks for.",
          after: { vantageBackoff: { target: "asking", actions: "askNext" } },
        },
      },
    },
    deaf: {
      description: "Changes of the network cannot be heard; listens again later.",
      after: { vantageBackoff: { target: "settled", actions: "listenAgain" } },
    },
  },
});
