import { reachabilityMachine } from "../../../machines/reachability.ts";
import type { ReachabilityContext } from "../../../machines/reachability-context.ts";
import { outcomes } from "../outcomes.ts";
import { capped, type Subject } from "../subject.ts";

const vantages = ["http://a.example", "http://b.example"];
const exit = { bridge: "zos", mac: "02:00:00:00:a5:06" };
const npub6 = (...ips: string[]) => [{ name: "npub6", mac: "02:00:00:00:00:06", ips }];

export const reachabilitySubject: Subject = {
  name: "reachability",
  machine: reachabilityMachine,
  inputs: { "two vantages": { vantages } },
  outcomes: { ...outcomes, watchInterfaces: {} },
  reports: {},
  events: {
    "exit.settled": [null, exit, { ...exit, bridge: "br-pub" }].map((each) => ({ type: "exit.settled", exit: each })),
    "vantages.configured": [vantages, []].map((each) => ({ type: "vantages.configured", vantages: each })),
    "interfaces.observed": [npub6("2001:db8:1::9"), npub6("2001:db8:2::9", "fd00::9"), []].map((interfaces) => ({
      ...{ type: "interfaces.observed", interfaces },
    })),
  },
  watches: ["watchInterfaces"],
  waits: ["waiting"],
  relevant: (context: ReachabilityContext) => [
    context.vantages.length,
    context.turn % 2,
    context.exit?.bridge,
    context.networks,
    [context.finding?.answer, context.finding?.address],
    capped(context.attempts, 1),
    context.waitMs,
    context.failure !== null,
  ],
};
