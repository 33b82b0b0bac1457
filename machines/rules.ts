import { assign, setup } from "xstate";
import { fullJitterMs } from "../src/policy/backoff.ts";
import { isLanOther, type LanAccess, lanOf } from "../src/policy/lan-access.ts";
import { timing } from "../src/policy/timing.ts";
import { effect } from "./actors.ts";
import { failureIn, type SettingsChanged, settingsIn } from "./events.ts";

/** What rules are made from. */
export interface RulesInput {
  lan: LanAccess;
}

/** All that the care for rules knows. */
export interface RulesContext extends RulesInput {
  /** Failures in a row; drives the backoff. */
  restarts: number;
  failure: string | null;
}

/**
 * Has rules that stand follow the configuration, whatever the boot waits for: workloads use the network that stands meanwhile. Puts
 * none into place where there are none.
 */
export const rulesMachine = setup({
  types: {
    context: {} as RulesContext,
    input: {} as RulesInput,
    events: {} as SettingsChanged,
  },
  actors: { renewRules: effect("renewRules") },
  actions: {
    noteFailure: assign(({ context, event }) => ({ restarts: context.restarts + 1, failure: failureIn(event) })),
    forgetFailures: assign({ restarts: 0, failure: null }),
    noteSettings: assign(({ event }) => ({ lan: lanOf(settingsIn(event)) })),
  },
  guards: { areRulesOther: ({ context, event }) => isLanOther(context.lan, lanOf(settingsIn(event))) },
  delays: { restartBackoff: ({ context }) => fullJitterMs(context.restarts - 1, timing.restartBackoff, Math.random()) },
}).createMachine({
  id: "rules",
  description: "Has the rules that stand in ndmz follow the configuration, in whatever state the boot is.",
  context: ({ input }) => ({ ...input, restarts: 0, failure: null }),
  on: { "settings.changed": { guard: "areRulesOther", target: ".renewing", actions: "noteSettings" } },
  initial: "renewing",
  states: {
    renewing: {
      description: "Rules that stand and are others than those that are configured are replaced by them.",
      invoke: {
        id: "renewRules",
        src: "renewRules",
        input: ({ context: { lan } }) => ({ lan }),
        onDone: { target: "standing", actions: "forgetFailures" },
        onError: { target: "failed", actions: "noteFailure" },
      },
    },
    standing: { description: "No others stand than those that are configured." },
    failed: {
      description: "They could not be replaced, which is said: it is tried again, ever less often.",
      after: { restartBackoff: "renewing" },
    },
  },
});
