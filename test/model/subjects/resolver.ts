import { type ResolverContext, resolverMachine } from "../../../machines/resolver.ts";
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
  events: {},
  watches: ["keepResolver"],
  relevant: ({ restarts }: ResolverContext) => capped(restarts, 2),
};
