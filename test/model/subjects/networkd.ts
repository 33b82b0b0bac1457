import { networkdMachine, type NetworkdContext } from "../../../machines/networkd.ts";
import { maxAttempts } from "../../../src/policy/timing.ts";
import { outcomes } from "../outcomes.ts";
import { healthyNode, identity, losses, throughBridge, uplinkOn } from "../samples.ts";
import { capped, type Subject } from "../subject.ts";

export const networkdSubject: Subject = {
  name: "networkd",
  machine: networkdMachine,
  inputs: { "an uplink": { identity, uplink: uplinkOn("eth0"), exit: throughBridge } },
  outcomes: { ...outcomes, watchNode: {} },
  reports: {},
  events: {
    "node.observed": [healthyNode, ...Object.values(losses)].map((facts) => ({ type: "node.observed", facts })),
  },
  watches: ["watchNode"],
  relevant: ({ attempts, losses: lost, wasOnline }: NetworkdContext) => [
    capped(attempts, maxAttempts),
    lost,
    wasOnline,
  ],
};
