import { type ResolverContext, resolverMachine } from "../../../machines/resolver.ts";
import { settings } from "../samples.ts";
import { capped, type Subject } from "../subject.ts";

export const resolverSubject: Subject = {
  name: "resolver",
  machine: resolverMachine,
  inputs: {
    "one DNS server": {
      advertisedDns: ["9.9.9.9"],
      goals: { reachTargets: ["registrar.example:443"], caFile: null, fallbackDns: [] },
    },
  },
  outcomes: { keepResolver: {} },
  reports: {},
  events: {
    "settings.changed": [["registrar.example:443"], ["other.example:443"]].map((reachTargets) => ({
      type: "settings.changed",
      settings: { ...settings, reachTargets, caFile: null, fallbackDns: [] },
      hasOtherClient: false,
    })),
  },
  watches: ["keepResolver"],
  relevant: ({ restarts, goals }: ResolverContext) => [capped(restarts, 2), goals.reachTargets],
};
