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

/** The embedded supervisor's care for one DHCP client: it runs until the service is removed, whatever makes it end. */
export const serviceMachine = setup({
  types: {
    context: {} as ServiceContext,
    input: {} as LeaseClient,
    events: {} as { type: "stop.requested" },
  },
  actors: { runLeaseClient: effect("runLeaseClient") },
  actions: {
    noteEnd: assign(({ context }, { failure }: { failure: string }) => ({ ends: context.ends + 1, failure })),
  },
  delays: { serviceBackoff: ({ context }) => fullJitterMs(context.ends, timing.service, Math.random()) },
}).createMachine({
  id: "service",
  description: "Keeps one DHCP client alive.",
  context: ({ input }) => ({ client: input, ends: 0, failure: null }),
  initial: "running",
  on: { "stop.requested": ".stopped" },
  states: {
    running: {
      description: "The client runs; what an earlier run left of it is ended first.",
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
      after: { serviceBackoff: "running" },
    },
    stopped: {
      description: "The service is removed.",
      type: "final",
    },
  },
});
