import { assign, setup } from "xstate";
import type { LeaseClient } from "../src/contract.ts";
import { messageOf } from "../src/errors.ts";
import { fullJitterMs } from "../src/policy/backoff.ts";
import { timing } from "../src/policy/timing.ts";
import { effect } from "./actors.ts";

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
    noteEnd: assign(({ context }, { failure }: { failure: string }) => ({ ends: context.ends + 1, failure })),
  },
  guards: { isAdoptable: (_, { isRunning }: { isRunning: boolean }) => isRunning },
  delays: { serviceBackoff: ({ context }) => fullJitterMs(context.ends, timing.service, Math.random()) },
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
        onDone: [
          {
            guard: { type: "isAdoptable", params: ({ event }) => ({ isRunning: event.output.isRunning }) },
            target: "adopted",
          },
          { target: "running" },
        ],
        onError: {
          target: "backoff",
          actions: { type: "noteEnd", params: ({ event }) => ({ failure: messageOf(event.error) }) },
        },
      },
    },
    adopted: {
      description: "The client of an earlier run goes on undisturbed; the kernel tells when it ends.",
      invoke: {
        id: "awaitLeaseClientEnd",
        src: "awaitLeaseClientEnd",
        input: ({ context }) => context.client,
        onDone: {
          target: "backoff",
          actions: { type: "noteEnd", params: { failure: "the adopted client ended" } },
        },
        onError: {
          target: "backoff",
          actions: { type: "noteEnd", params: ({ event }) => ({ failure: messageOf(event.error) }) },
        },
      },
    },
    running: {
      description: "The client runs; what else runs in its place is ended first.",
      invoke: {
        id: "runLeaseClient",
        src: "runLeaseClient",
        input: ({ context }) => context.client,
        onDone: {
          target: "backoff",
          actions: { type: "noteEnd", params: ({ event }) => ({ failure: event.output.stderr }) },
        },
        onError: {
          target: "backoff",
          actions: { type: "noteEnd", params: ({ event }) => ({ failure: messageOf(event.error) }) },
        },
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
