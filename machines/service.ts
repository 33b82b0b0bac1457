import { assign, setup } from "xstate";
import type { LeaseClient } from "../src/contract.ts";
import { fullJitterMs } from "../src/policy/backoff.ts";
import { timing } from "../src/policy/timing.ts";
import { effect, type FactsOf } from "./actors.ts";
import { failureIn, outputIn } from "./events.ts";

/** All that the care for one DHCP client knows. */
export interface ServiceContext {
  client: LeaseClient;
  /** Ends of the client since it was started; drives the backoff. */
  ends: number;
  failure: string | null;
}

/** The embedded supervisor's care for one DHCP client: it runs until nobody cares for it, whatever makes it end. */
export const serviceMachine = setup({
  types: {
    context: {} as ServiceContext,
    input: {} as LeaseClient,
    events: {} as { type: "stop.requested" },
  },
  actors: {
    findLeaseClient: effect("findLeaseClient"),
    awaitLeaseClientEnd: effect("awaitLeaseClientEnd"),
    runLeaseClient: effect("runLeaseClient"),
  },
  actions: {
    noteFailure: assign(({ context, event }) => ({ ends: context.ends + 1, failure: failureIn(event) })),
    noteEnd: assign(({ context, event }) => ({
      ends: context.ends + 1,
      failure: (outputIn(event) as FactsOf<"runLeaseClient">).stderr,
    })),
    noteAdoptedEnd: assign(({ context }) => ({ ends: context.ends + 1, failure: "the adopted client ended" })),
  },
  guards: { isAdoptable: ({ event }) => (outputIn(event) as FactsOf<"findLeaseClient">).isRunning },
  delays: { serviceBackoff: ({ context }) => fullJitterMs(context.ends, timing.serviceBackoff, Math.random()) },
}).createMachine({
  id: "service",
  description: "Keeps one DHCP client alive.",
  context: ({ input }) => ({ client: input, ends: 0, failure: null }),
  initial: "look",
  on: { "stop.requested": ".stopped" },
  states: {
    look: {
      description: "Does a client with this definition run already, from an earlier run of the program?",
      invoke: {
        id: "findLeaseClient",
        src: "findLeaseClient",
        input: ({ context }) => context.client,
        onDone: [{ guard: "isAdoptable", target: "adopted" }, { target: "running" }],
        onError: { target: "backoff", actions: "noteFailure" },
      },
    },
    adopted: {
      description: "The client of an earlier run goes on undisturbed; the kernel tells when it ends.",
      invoke: {
        id: "awaitLeaseClientEnd",
        src: "awaitLeaseClientEnd",
        input: ({ context }) => context.client,
        onDone: { target: "backoff", actions: "noteAdoptedEnd" },
        onError: { target: "backoff", actions: "noteFailure" },
      },
    },
    running: {
      description: "The client runs; what else runs in its place is ended first.",
      invoke: {
        id: "runLeaseClient",
        src: "runLeaseClient",
        input: ({ context }) => context.client,
        onDone: { target: "backoff", actions: "noteEnd" },
        onError: { target: "backoff", actions: "noteFailure" },
      },
    },
    backoff: {
      description: "The client ended by itself; it is started again soon.",
      after: { serviceBackoff: "look" },
    },
    stopped: {
      description: "Nobody cares for the client any more; it runs on, unless the service is removed.",
      type: "final",
    },
  },
});
