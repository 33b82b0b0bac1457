import { type RulesContext, rulesMachine } from "../../../machines/rules.ts";
import { lanOf } from "../../../src/policy/lan-access.ts";
import { outcomes } from "../outcomes.ts";
import { reloaded, settings } from "../samples.ts";
import { capped, type Subject } from "../subject.ts";

export const rulesSubject: Subject = {
  name: "rules",
  machine: rulesMachine,
  inputs: { settings: { lan: lanOf(settings) } },
  outcomes,
  reports: {},
  events: {
    "settings.changed": [reloaded(), reloaded({ lanAccess: "allow" })],
  },
  watches: [],
  waits: ["standing"],
  relevant: ({ lan, restarts }: RulesContext) => [lan.lanAccess, capped(restarts, 2)],
};
