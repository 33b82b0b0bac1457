import { type ResolverContext, resolverMachine } from "../../../machines/resolver.ts";
import { goalsOf } from "../../../src/policy/target.ts";
import { reloaded, settings } from "../samples.ts";
import { capped, type Subject } from "../subject.ts";

export const resolverSubject: Subject = {
  name: "resolver",
  machine: resolverMachine,
  inputs: {
    "one DNS server": {
      advertisedDns: ["9.9.9.9"],
      goals: goalsOf(settings),
    },
  },
  outcomes: { keepResolver: {} },
  reports: {},
  events: {
    "settings.changed": [reloaded(), reloaded({ reachTargets: ["other.example:443"] })],
  },
  watches: ["keepResolver"],
  relevant: ({ restarts, goals }: ResolverContext) => [capped(restarts, 2), goals.reachTargets],
};
