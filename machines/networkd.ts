import { assign, type EventObject, setup } from "xstate";
import type { ExitPlan, Identity, NodeFacts, Uplink } from "../src/contract.ts";
import { arrivals, type Sighting, sightingsOf } from "../src/policy/arrivals.ts";
import { fullJitterMs } from "../src/policy/backoff.ts";
import { clientIdOf } from "../src/policy/identity.ts";
import { type Loss, lossesOf } from "../src/policy/losses.ts";
import { names } from "../src/policy/names.ts";
import { maxAttempts, timing } from "../src/policy/timing.ts";
import { effect, watch } from "./actors.ts";
import {
  failureIn,
  type NicsObserved,
  nicsIn,
  nicsObserved,
  outputIn,
  type SettingsChanged,
  settingsIn,
} from "./events.ts";

export interface NetworkdInput {
  identity: Identity;
  uplink: Uplink;
  exit: ExitPlan;
  /** Kinds of links that count as NICs. */
  nicKinds: string[];
}

export interface NetworkdContext extends NetworkdInput {
  /** The latest reading of the node; null before ndmz was first complete. */
  facts: NodeFacts | null;
  losses: Loss[];
  wasOnline: boolean;
  attempts: number;
  /** The NICs when they were last looked at; null when nobody has looked. */
  sighted: Sighting[] | null;
  /** Failures of the watch in a row. */
  deafness: number;
  failure: string | null;
}

export interface NetworkdOutput {
  outcome: "uplinkLost" | "failed";
  wasOnline: boolean;
  failure: string | null;
}

type NodeObserved = { type: "node.observed"; facts: NodeFacts };

/** The daemon stage: builds ndmz, waits for its IPv6 address, installs NAT, and mends what gets lost. */
export const networkdMachine = setup({
  types: {
    context: {} as NetworkdContext,
    input: {} as NetworkdInput,
    output: {} as NetworkdOutput,
    events: {} as NodeObserved | NicsObserved | SettingsChanged,
  },
  actors: {
    ensureNdmz: effect("ensureNdmz"),
    ensureLeaseClient: effect("ensureLeaseClient"),
    restartLeaseClient: effect("restartLeaseClient"),
    awaitNdmzIpv6: effect("awaitNdmzIpv6"),
    ensureNat: effect("ensureNat"),
    inspectNode: effect("inspectNode"),
    watchNics: watch("watchNics", nicsObserved),
    watchNode: watch("watchNode", (facts): NodeObserved => ({ type: "node.observed", facts })),
  },
  actions: {
    noteFailure: assign(({ event }) => ({ failure: failureIn(event) })),
    countAttempt: assign(({ context }) => ({ attempts: context.attempts + 1 })),
    resetAttempts: assign({ attempts: 0 }),
    noteFacts: assign(({ context, event }) => {
      const facts = factsIn(event);
      return { facts, losses: lossesOf(facts, context.uplink.families) };
    }),
    forgetLosses: assign({ losses: [] }),
    noteSettings: assign(({ event }) => ({ nicKinds: settingsIn(event).nicKinds })),
    noteNics: assign(({ event }) => ({ sighted: sightingsOf(nicsIn(event)) })),
    forgetNics: assign({ sighted: null }),
    noteDeafness: assign(({ context }) => ({ deafness: context.deafness + 1 })),
    noteHearing: assign({ deafness: 0 }),
    noteOnline: assign(({ context }) => ({
      wasOnline: true,
      losses: [],
      failure: context.deafness === 0 ? null : context.failure,
    })),
  },
  guards: {
    isExhausted: ({ context }) => context.attempts + 1 >= maxAttempts,
    isArrival: ({ context, event }) => arrivals(context.sighted, nicsIn(event), []).length > 0,
    hasLosses: ({ context }) => context.losses.length > 0,
    isUplinkLost: ({ context }) => context.losses[0] === "uplink",
    isNdmzLost: ({ context }) => context.losses[0] === "ndmz",
    isIpv6Lost: ({ context }) => context.losses[0] === "ipv6",
    isNatLost: ({ context }) => context.losses[0] === "nat",
    isLeaseLost: ({ context }) => context.losses[0] === "lease",
    isLeaseLossOver: ({ context }) => context.losses[0] !== "lease",
  },
  delays: {
    stepBackoff: ({ context }) => fullJitterMs(context.attempts, timing.stepBackoff, Math.random()),
    ipv6Listen: timing.ipv6Listen.ms,
    lossGrace: timing.lossGrace.ms,
    deafGrace: ({ context }) => Math.min(timing.selfCheck.ms, timing.lossGrace.ms * 2 ** context.deafness),
    leaseRetry: timing.leaseRetry.ms,
    selfCheck: timing.selfCheck.ms,
  },
}).createMachine({
  id: "networkd",
  description: "Builds the node's routing and NAT router and keeps it working for the node's life.",
  context: ({ input }) => ({
    ...input,
    facts: null,
    losses: [],
    wasOnline: false,
    attempts: 0,
    sighted: null,
    deafness: 0,
    failure: null,
  }),
  output: ({ context }) => ({
    outcome: context.losses.includes("uplink") ? "uplinkLost" : "failed",
    wasOnline: context.wasOnline,
    failure: context.failure,
  }),
  on: { "settings.changed": { actions: "noteSettings" } },
  initial: "ndmz",
  states: {
    ndmz: {
      description: "The namespace ndmz exists with its bridges, interfaces and sysctls.",
      entry: "resetAttempts",
      initial: "attempt",
      states: {
        attempt: {
          description: "Builds or mends ndmz and reads it back.",
          invoke: {
            id: "ensureNdmz",
            src: "ensureNdmz",
            input: ({ context }) => ({ identity: context.identity, exit: context.exit }),
            onDone: { target: "client" },
            onError: { target: "retry", actions: "noteFailure" },
          },
        },
        client: {
          description: "A DHCPv4 client for npub4 is started beside; ndmz does not depend on it.",
          invoke: {
            id: "ensureLeaseClient",
            src: "ensureLeaseClient",
            input: ({ context }) => ({
              service: names.ndmzClient,
              iface: names.npub4,
              namespace: names.ndmz,
              clientId: clientIdOf(context.identity.duid, context.identity.npub4Mac),
              hostname: context.identity.hostname,
            }),
            onDone: { target: "#networkd.waitIpv6" },
            onError: { target: "#networkd.waitIpv6", actions: "noteFailure" },
          },
        },
        retry: {
          description: "ndmz could not be built; tries again a bounded number of times.",
          always: { guard: "isExhausted", target: "#networkd.failed" },
          after: { stepBackoff: { target: "attempt", actions: "countAttempt" } },
        },
      },
    },
    waitIpv6: {
      description: "ndmz needs an IPv6 address and default route; loops until it has them.",
      entry: "resetAttempts",
      initial: "listen",
      states: {
        listen: {
          description: "Solicits routers on npub6 and waits for what the kernel makes of their advertisements.",
          invoke: {
            id: "awaitNdmzIpv6",
            src: "awaitNdmzIpv6",
            input: {},
            onDone: { target: "#networkd.nat" },
            onError: { target: "retry", actions: "noteFailure" },
          },
          after: {
            ipv6Listen: {
              target: "retry",
              actions: assign({ failure: "no IPv6 router advertised an address for ndmz" }),
            },
          },
        },
        retry: {
          description:
            "No IPv6 yet: it is required, so this goes on until the network offers it, at once when a NIC arrives.",
          entry: "forgetNics",
          invoke: {
            id: "watchNics",
            src: "watchNics",
            input: ({ context }) => ({ kinds: context.nicKinds }),
            onError: { actions: "noteFailure" },
          },
          on: {
            "nics.observed": [{ guard: "isArrival", target: "check" }, { actions: "noteNics" }],
          },
          after: { stepBackoff: { target: "check", actions: "countAttempt" } },
        },
        check: {
          description: "Are uplink and ndmz still there to wait with?",
          invoke: {
            id: "inspectNode",
            src: "inspectNode",
            input: ({ context }) => ({ uplink: context.uplink }),
            onDone: { target: "weigh", actions: "noteFacts" },
            onError: { target: "listen", actions: "noteFailure" },
          },
        },
        weigh: {
          description: "What is lost besides IPv6 is mended first.",
          always: [
            { guard: "isUplinkLost", target: "#networkd.uplinkLost" },
            { guard: "isNdmzLost", target: "#networkd.ndmz" },
            { target: "listen" },
          ],
        },
      },
    },
    nat: {
      description: "NAT and filter rules are put into ndmz, atomically.",
      entry: "resetAttempts",
      initial: "attempt",
      states: {
        attempt: {
          description: "Replaces the program's own table in one transaction and reads it back.",
          invoke: {
            id: "ensureNat",
            src: "ensureNat",
            input: {},
            onDone: { target: "#networkd.online" },
            onError: { target: "retry", actions: "noteFailure" },
          },
        },
        retry: {
          description: "The rules were not accepted; tries again a bounded number of times.",
          always: { guard: "isExhausted", target: "#networkd.failed" },
          after: { stepBackoff: { target: "attempt", actions: "countAttempt" } },
        },
      },
    },
    online: {
      description: "Workloads reach the Internet; each loss leads back to the earliest step that mends it.",
      entry: "noteOnline",
      invoke: {
        id: "watchNode",
        src: "watchNode",
        input: ({ context }) => ({ uplink: context.uplink }),
        onError: { target: ".deaf", actions: ["noteDeafness", "noteFailure"] },
      },
      initial: "watching",
      states: {
        watching: {
          description: "Everything is in its place; the kernel tells of changes.",
          on: { "node.observed": { actions: "noteFacts" } },
          always: { guard: "hasLosses", target: "degraded" },
          after: { selfCheck: { target: "degraded.diagnose", actions: "noteHearing" } },
        },
        deaf: {
          description:
            "The kernel is not heard, which is said: the node is read and listened to again, ever less often.",
          after: { deafGrace: "degraded.diagnose" },
        },
        degraded: {
          description: "Something seems lost.",
          entry: "resetAttempts",
          initial: "grace",
          states: {
            grace: {
              description: "A short flap mends itself.",
              after: { lossGrace: "diagnose" },
            },
            diagnose: {
              description: "What exactly is lost, and which is the earliest step that mends it?",
              invoke: {
                id: "inspectNode",
                src: "inspectNode",
                input: ({ context }) => ({ uplink: context.uplink }),
                onDone: { target: "mend", actions: "noteFacts" },
                onError: { target: "retry", actions: ["noteFailure", "forgetLosses"] },
              },
            },
            mend: {
              description: "The earliest step that mends what is lost goes on from here.",
              always: [
                { guard: "isUplinkLost", target: "#networkd.uplinkLost" },
                { guard: "isNdmzLost", target: "#networkd.ndmz" },
                { guard: "isIpv6Lost", target: "#networkd.waitIpv6" },
                { guard: "isNatLost", target: "#networkd.nat" },
                { guard: "isLeaseLost", target: "#networkd.online.renew" },
                { target: "#networkd.online" },
              ],
            },
            retry: {
              description: "The node could not be read; tries again a bounded number of times.",
              always: { guard: "isExhausted", target: "#networkd.failed" },
              after: { stepBackoff: { target: "diagnose", actions: "countAttempt" } },
            },
          },
        },
        renew: {
          description: "IPv6 goes on, but zos has lost its IPv4 lease: its client runs, but is no longer healthy.",
          on: { "node.observed": { actions: "noteFacts" } },
          always: { guard: "isLeaseLossOver", target: "degraded.diagnose" },
          initial: "client",
          states: {
            client: {
              description: "The client is ended; its supervisor starts it anew.",
              invoke: {
                id: "restartLeaseClient",
                src: "restartLeaseClient",
                input: { service: names.uplinkClient, iface: names.bridge, namespace: null },
                onDone: { target: "listen" },
                onError: { target: "listen", actions: "noteFailure" },
              },
            },
            listen: {
              description: "The client has time to get a lease again.",
              after: { leaseRetry: "#networkd.online.degraded.diagnose" },
            },
          },
        },
      },
    },
    uplinkLost: {
      description: "zos lost its way to the Internet: the boot starts over.",
      type: "final",
    },
    failed: {
      description: "ndmz could not be brought up in this round.",
      type: "final",
    },
  },
});

/** What was read of the node, by an effect or a watch. */
function factsIn(event: EventObject): NodeFacts {
  return event.type === "node.observed" ? (event as NodeObserved).facts : (outputIn(event) as NodeFacts);
}
