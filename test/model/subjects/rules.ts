import { type RulesContext, rulesMachine } from "../../../machines/rules.ts";
import { lanOf } from "../../../src/policy/lan-access.ts";
import { outcomes } from "../outcomes.ts";
import { settings } from "../samples.ts";
import { capped, type Subject } from "../subject.ts";

export const rulesSubject: Subject = {
  name: "rules",
  machine: rulesMachine,
  inputs: { settings: { lan: lanOf(settings) } },
  outcomes,
  reports: {},
  events: {
    "settings.changed": [settings, { ...settings, lanAccess: "allow" as const }].map((each) => ({
      type: "settings.changed",
      settings: each,
      hasOtherClient: false,
    })),
  },
  watches: [],
  waits: ["standing"],
  relevant: ({ lan, restarts }: RulesContext) => [lan.lanAccess, capped(restarts, 2)],
};
