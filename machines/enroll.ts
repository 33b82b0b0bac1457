import { assign, setup } from "xstate";
import { aboutMs, fullJitterMs, spreadMs } from "../src/policy/backoff.ts";
import { clockWords } from "../src/policy/grid.ts";
import { timing } from "../src/policy/timing.ts";
import { effect, type FactsOf, watch } from "./actors.ts";
import {
  asTwin,
  atRegistrar,
  contextOf,
  type EnrollContext,
  type EnrollInput,
  failedBy,
  type GridConfigured,
  goesOn,
  gridIn,
  hasMoved,
  type InterfacesObserved,
  interfacesObserved,
  isLasting,
} from "./enroll-context.ts";
import { failureIn, outputIn } from "./events.ts";

/** Announces the node at a registrar of the grid, and goes on telling that it is up, for the node's life. */
export const enrollMachine = setup({
  types: {
    context: {} as EnrollContext,
    input: {} as EnrollInput,
    events: {} as GridConfigured | InterfacesObserved,
  },
  actors: {
    ensureAccount: effect("ensureAccount"),
    ensureNode: effect("ensureNode"),
    reportUptime: effect("reportUptime"),
    watchInterfaces: watch("watchInterfaces", interfacesObserved),
  },
  actions: {
    noteTrouble: assign(({ event }) => failedBy(event)),
    noteFailure: assign(({ event }) => ({ failure: failureIn(event) })),
    noteAccount: assign(({ event }) => outputIn(event) as FactsOf<"ensureAccount">),
    noteClock: assign(({ event }) => {
      const { clockOffsetMs } = outputIn(event) as FactsOf<"ensureAccount">;
      return { clockOffsetMs, waitMs: 0, isBusy: false, failure: clockWords(clockOffsetMs) };
    }),
    noteNode: assign(({ context: { twinId }, event }) => {
      const { nodeId, farmId, interfaces } = outputIn(event) as FactsOf<"ensureNode">;
      return { place: twinId === null ? null : { twinId, nodeId, farmId }, reported: interfaces };
    }),
    noteReport: assign({ attempts: 0, failure: null }),
    noteInterfaces: assign(({ event }) => ({ observed: (event as InterfacesObserved).interfaces })),
    noteGrid: assign(({ event }) => contextOf({ grid: gridIn(event) })),
    askNext: assign(({ context }) => ({ attempts: context.attempts + 1, turn: context.turn + 1 })),
  },
  guards: {
    isLasting: ({ event }) => isLasting(event),
    hasAccount: ({ event }) => (outputIn(event) as FactsOf<"ensureAccount">).twinId !== null,
    hasMoved: ({ context }) => hasMoved(context),
    lacksNode: ({ context }) => goesOn(context) && context.twinId !== null && context.place === null,
    lacksReport: ({ context }) => goesOn(context) && context.place !== null,
    isGridOther: ({ context, event }) => JSON.stringify(gridIn(event)) !== JSON.stringify(context.grid),
  },
  delays: {
    registrarBackoff: ({ context }) =>
      context.waitMs +
      (context.isBusy
        ? spreadMs(context.attempts, timing.busySpread.ms, Math.random())
        : fullJitterMs(context.attempts, timing.registrarBackoff, Math.random())),
    refusalRetry: () => Math.round(timing.refusalRetry.ms * (1 + Math.random() / 2)),
    reportInterval: () => aboutMs(timing.reportInterval.ms, 0.1, Math.random()),
    reportCalm: timing.reportCalm.ms,
  },
}).createMachine({
  id: "enroll",
  description: "Announces the node at the grid, and tells it for the node's life that the node is up.",
  context: ({ input }) => contextOf(input),
  on: { "grid.configured": { guard: "isGridOther", target: ".account", actions: "noteGrid" } },
  initial: "account",
  states: {
    account: {
      description: "The account of the node's key is found at the registrar, or made there.",
      invoke: {
        id: "ensureAccount",
        src: "ensureAccount",
        input: ({ context }) => ({ ...atRegistrar(context), clockOffsetMs: context.clockOffsetMs }),
        onDone: [
          { guard: "hasAccount", target: "node", actions: "noteAccount" },
          { target: "retry", actions: "noteClock" },
        ],
        onError: [
          { guard: "isLasting", target: "stuck", actions: "noteTrouble" },
          { target: "retry", actions: "noteTrouble" },
        ],
      },
    },
    node: {
      description: "The node is registered at its farm, or what the registrar knows of it is updated.",
      invoke: {
        id: "ensureNode",
        src: "ensureNode",
        input: ({ context }) => asTwin(context),
        onDone: { target: "report", actions: "noteNode" },
        onError: [
          { guard: "isLasting", target: "stuck", actions: "noteTrouble" },
          { target: "retry", actions: "noteTrouble" },
        ],
      },
    },
    report: {
      description: "The registrar is told for how long the node has been up.",
      invoke: {
        id: "reportUptime",
        src: "reportUptime",
        input: ({ context }) => ({ ...asTwin(context), nodeId: context.place?.nodeId ?? 0 }),
        onDone: { target: "enrolled", actions: "noteReport" },
        onError: [
          { guard: "isLasting", target: "stuck", actions: "noteTrouble" },
          { target: "retry", actions: "noteTrouble" },
        ],
      },
    },
    enrolled: {
      description: "The grid knows the node; it is told again before it takes the node for gone.",
      invoke: {
        id: "watchInterfaces",
        src: "watchInterfaces",
        input: ({ context }) => ({ nicKinds: context.grid.nicKinds }),
        onError: { actions: "noteFailure" },
      },
      on: { "interfaces.observed": { actions: "noteInterfaces" } },
      after: { reportInterval: "report" },
      initial: "calm",
      states: {
        calm: {
          description: "What changes now is told soon.",
          after: { reportCalm: "watching" },
        },
        watching: {
          description: "Other addresses are told at once.",
          always: { guard: "hasMoved", target: "#enroll.node" },
        },
      },
    },
    retry: {
      description:
        "It failed: the next registrar is asked later, as late as this one asks for; one that was busy, for what is missing.",
      after: {
        registrarBackoff: [
          { guard: "lacksReport", target: "report", actions: "askNext" },
          { guard: "lacksNode", target: "node", actions: "askNext" },
          { target: "account", actions: "askNext" },
        ],
      },
    },
    stuck: {
      description:
        "Somebody must put something right; it is tried again seldom, and at once with another configuration.",
      after: { refusalRetry: { target: "account", actions: "askNext" } },
    },
  },
});
