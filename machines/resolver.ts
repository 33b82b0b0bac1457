import { assign, setup } from "xstate";
import type { Goals } from "../src/contract.ts";
import { fullJitterMs } from "../src/policy/backoff.ts";
import { goalsOf, isGoalOther } from "../src/policy/target.ts";
import { timing } from "../src/policy/timing.ts";
import { watch } from "./actors.ts";
import { failureIn, type SettingsChanged, settingsIn } from "./events.ts";

/** What resolv.conf is kept by. */
export interface ResolverInput {
  /** DNS servers that routers advertised on zos (RFC 8106). */
  advertisedDns: string[];
  goals: Goals;
}

/** All that the care for resolv.conf knows. */
export interface ResolverContext extends ResolverInput {
  /** Failures of the watch in a row; drives the backoff. */
  restarts: number;
  failure: string | null;
}

/** resolv.conf is as the lease has it. */
type ResolverKept = { type: "resolver.kept" };

/** Keeps resolv.conf in step with the lease of zos and its routers, whatever ends the watch that does so. */
export const resolverMachine = setup({
  types: {
    context: {} as ResolverContext,
    input: {} as ResolverInput,
    events: {} as ResolverKept | SettingsChanged,
  },
  actors: { keepResolver: watch("keepResolver", (): ResolverKept => ({ type: "resolver.kept" })) },
  actions: {
    noteFailure: assign(({ context, event }) => ({ restarts: context.restarts + 1, failure: failureIn(event) })),
    forgetFailures: assign({ restarts: 0, failure: null }),
    noteSettings: assign(({ event }) => ({ goals: goalsOf(settingsIn(event)) })),
  },
  guards: { isGoalOther: ({ context, event }) => isGoalOther(context.goals, goalsOf(settingsIn(event))) },
  delays: {
    restartBackoff: ({ context }) => fullJitterMs(context.restarts - 1, timing.restartBackoff, Math.random()),
    steady: timing.steady.ms,
  },
}).createMachine({
  id: "resolver",
  description: "Keeps the node's resolv.conf in step with the lease of zos and with what its routers advertise.",
  context: ({ input }) => ({ ...input, restarts: 0, failure: null }),
  on: { "settings.changed": { guard: "isGoalOther", target: ".keeping", reenter: true, actions: "noteSettings" } },
  initial: "keeping",
  states: {
    keeping: {
      description:
        "The file is written whenever client or routers tell other DNS servers, others are configured, or somebody else wrote it.",
      invoke: {
        id: "keepResolver",
        src: "keepResolver",
        input: ({ context: { advertisedDns, goals } }) => ({ advertisedDns, goals }),
        onError: { target: "failed", actions: "noteFailure" },
      },
      after: { steady: { actions: "forgetFailures" } },
    },
    failed: {
      description: "Nobody is heard any more, which is said: it begins anew, ever less often.",
      after: { restartBackoff: "keeping" },
    },
  },
});
