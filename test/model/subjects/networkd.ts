import { networkdMachine, type NetworkdContext } from "../../../machines/networkd.ts";
import { maxAttempts } from "../../../src/policy/timing.ts";
import { outcomes } from "../outcomes.ts";
import { healthyNode, identity, losses, settings, sightings, throughBridge, uplinkOn } from "../samples.ts";
import { capped, type Subject } from "../subject.ts";

export const networkdSubject: Subject = {
  name: "networkd",
  machine: networkdMachine,
  inputs: { "an uplink": { identity, uplink: uplinkOn("eth0"), exit: throughBridge, nicKinds: ["physical"] } },
  outcomes: { ...outcomes, watchNode: {}, watchNics: {} },
  reports: {},
  events: {
    "settings.changed": [{ type: "settings.changed", settings, hasOtherClient: false }],
    "nics.observed": sightings.map((nics) => ({ type: "nics.observed", nics })),
    "node.observed": [healthyNode, ...Object.values(losses)].map((facts) => ({ type: "node.observed", facts })),
  },
  watches: ["watchNode", "watchNics"],
  relevant: ({ attempts, losses: lost, wasOnline, sighted }: NetworkdContext, path: string) => [
    capped(attempts, maxAttempts),
    lost,
    wasOnline,
    path === "waitIpv6.retry" && sighted,
  ],
};
