import { assign, setup } from "xstate";
import type { Reach } from "../src/contract.ts";
import { noAddresses } from "../src/policy/addresses.ts";
import { arrivals, sightingsOf } from "../src/policy/arrivals.ts";
import { fullJitterMs } from "../src/policy/backoff.ts";
import { exitThroughUplink } from "../src/policy/choice.ts";
import { isRemoteOutage, isServing, withSince } from "../src/policy/egress.ts";
import { clientInNeed, ndmzClient } from "../src/policy/lease-clients.ts";
import { hasIpv6, isSameLosses, lossesOf } from "../src/policy/losses.ts";
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
import {
  factsIn,
  isExitBack,
  isFlapBorne,
  type NetworkdContext,
  type NetworkdInput,
  type NetworkdOutput,
  type NodeObserved,
  type ResolverKept,
  settingOf,
} from "./networkd-context.ts";

/** The daemon stage: builds ndmz, waits for its IPv6 address, installs NAT, and mends what gets lost. */
export const networkdMachine = setup({
  types: {
    context: {} as NetworkdContext,
    input: {} as NetworkdInput,
    output: {} as NetworkdOutput,
    events: {} as NodeObserved | NicsObserved | ResolverKept | SettingsChanged,
  },
  actors: {
    ensureNdmz: effect("ensureNdmz"),
    ensureLeaseClient: effect("ensureLeaseClient"),
    restartLeaseClient: effect("restartLeaseClient"),
    awaitNdmzIpv6: effect("awaitNdmzIpv6"),
    ensureNat: effect("ensureNat"),
    inspectNode: effect("inspectNode"),
    proveReach: effect("proveReach"),
    keepResolver: watch("keepResolver", (): ResolverKept => ({ type: "resolver.kept" })),
    watchNics: watch("watchNics", nicsObserved),
    watchNode: watch("watchNode", (facts): NodeObserved => ({ type: "node.observed", facts })),
  },
  actions: {
    noteFailure: assign(({ event }) => ({ failure: failureIn(event) })),
    countAttempt: assign(({ context }) => ({ attempts: context.attempts + 1 })),
    resetAttempts: assign({ attempts: 0 }),
    noteFacts: assign(({ context, event }) => {
      const facts = factsIn(event);
      const losses = lossesOf(facts, context.uplink.families);
      return { facts, losses, failure: losses[0]?.why ?? context.failure };
    }),
    forgetLosses: assign({ losses: [] }),
    noteSettings: assign(({ event }) => {
      const { nicKinds, reachTargets } = settingsIn(event);
      return { nicKinds, targets: reachTargets };
    }),
    bearLosses: assign(({ context }) => ({ borne: context.losses })),
    noteReach: assign(({ context, event }) => {
      const reach = withSince(outputIn(event) as Reach, context.reach);
      return {
        reach,
        silent: context.facts?.silentGateways ?? [],
        failure: isServing(reach) ? null : reach.workloads.v6.why,
      };
    }),
    leaveThroughUplink: assign({ exit: exitThroughUplink }),
    leaveAsPlanned: assign(({ context }) => ({ exit: context.plan })),
    noteNics: assign(({ event }) => ({ sighted: sightingsOf(nicsIn(event)) })),
    forgetNics: assign({ sighted: null }),
    noteDeafness: assign(({ context }) => ({ deafness: context.deafness + 1 })),
    noteHearing: assign({ deafness: 0 }),
    noteOnline: assign(({ context }) => ({
      wasOnline: true,
      losses: [],
      borne: [],
      failure: context.deafness === 0 ? null : context.failure,
    })),
  },
  guards: {
    isExhausted: ({ context }) => context.attempts + 1 >= maxAttempts,
    isArrival: ({ context, event }) => arrivals(context.sighted, nicsIn(event), []).length > 0,
    hasLosses: ({ context }) => context.losses.length > 0,
    isWhole: ({ context }) => context.losses.length === 0,
    hasOtherLosses: ({ context }) => !isSameLosses(context.losses, context.borne),
    hasNewSilence: ({ context }) =>
      (context.facts?.silentGateways ?? []).some((each) => !context.silent.includes(each)),
    isUplinkLost: ({ context }) => context.losses[0]?.loss === "uplink",
    isExitSpared: ({ context }) => context.losses[0]?.loss === "exit" && hasIpv6(context.facts?.zos ?? noAddresses),
    isExitLost: ({ context }) => context.losses[0]?.loss === "exit",
    isNdmzLost: ({ context }) => context.losses[0]?.loss === "ndmz",
    isIpv6Lost: ({ context }) => context.losses[0]?.loss === "ipv6",
    isNatLost: ({ context }) => context.losses[0]?.loss === "nat",
    isLeaseLost: ({ context }) => context.losses[0]?.loss === "lease",
    isClientIdle: ({ context }) => (context.facts?.idleClients ?? []).length > 0,
    isLeaseLossOver: ({ context }) => context.losses[0]?.loss !== "lease",
    isServing: ({ event }) => isServing(outputIn(event) as Reach),
    isUplinkBetter: ({ context }) => context.exit.exitNic !== null && context.reach?.node.v6.state === "works",
    isUplinkDead: ({ context }) =>
      context.hasSpareUplink && context.reach !== null && isRemoteOutage(context.reach) && context.silent.length > 0,
    isExitBack: ({ context }) => isExitBack(context),
    isExitGone: ({ context }) => !isExitBack(context),
  },
  delays: {
    stepBackoff: ({ context }) => fullJitterMs(context.attempts, timing.stepBackoff, Math.random()),
    remoteBackoff: ({ context }) => fullJitterMs(context.attempts, timing.remoteBackoff, Math.random()),
    ipv6Listen: timing.ipv6Listen.ms,
    lossGrace: ({ context }) => (isFlapBorne(context) ? timing.flapGrace.ms : timing.lossGrace.ms),
    exitReturn: timing.exitReturn.ms,
    deafGrace: ({ context }) => Math.min(timing.selfCheck.ms, timing.lossGrace.ms * 2 ** context.deafness),
    leaseRetry: timing.leaseRetry.ms,
    selfCheck: () => Math.round(timing.selfCheck.ms * (0.75 + Math.random() / 2)),
  },
}).createMachine({
  id: "networkd",
  description: "Builds the node's routing and NAT router and keeps it working for the node's life.",
  context: ({ input }) => ({
    ...input,
    plan: input.exit,
    facts: null,
    losses: [],
    borne: [],
    reach: null,
    silent: [],
    wasOnline: false,
    outcome: "failed",
    attempts: 0,
    sighted: null,
    deafness: 0,
    failure: null,
  }),
  output: ({ context }) => ({
    outcome: context.outcome,
    wasOnline: context.wasOnline,
    failure: context.failure,
  }),
  invoke: {
    id: "keepResolver",
    src: "keepResolver",
    input: ({ context }) => ({ advertisedDns: context.advertisedDns }),
    onError: { actions: "noteFailure" },
  },
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
            input: ({ context }) => ({
              identity: context.identity,
              exit: context.exit,
              isForGood: context.exit.exitNic === context.plan.exitNic,
            }),
            onDone: { target: "client" },
            onError: { target: "retry", actions: "noteFailure" },
          },
        },
        client: {
          description: "A DHCPv4 client for npub4 is started beside; ndmz does not depend on it.",
          invoke: {
            id: "ensureLeaseClient",
            src: "ensureLeaseClient",
            input: ({ context }) => ndmzClient(context.identity),
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
            input: ({ context }) => settingOf(context),
            onDone: { target: "weigh", actions: "noteFacts" },
            onError: { target: "listen", actions: "noteFailure" },
          },
        },
        weigh: {
          description: "What is lost besides IPv6 is mended first.",
          always: [
            { guard: "isUplinkLost", target: "#networkd.uplinkLost" },
            { guard: "isExitBack", target: "#networkd.ndmz", actions: "leaveAsPlanned" },
            { guard: "isExitSpared", target: "#networkd.ndmz", actions: "leaveThroughUplink" },
            { guard: "isNdmzLost", target: "#networkd.ndmz" },
            { guard: "isClientIdle", target: "client" },
            { target: "listen" },
          ],
        },
        client: {
          description: "A DHCP client is not run by its supervisor, which has it as defined and starts it anew.",
          invoke: {
            id: "restartLeaseClient",
            src: "restartLeaseClient",
            input: ({ context }) => clientInNeed(context.facts, context),
            onDone: { target: "listen" },
            onError: { target: "listen", actions: "noteFailure" },
          },
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
            onDone: { target: "#networkd.prove" },
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
    prove: {
      description: "Connections to the Internet are opened from inside ndmz, in each family that it has.",
      entry: "resetAttempts",
      initial: "attempt",
      states: {
        attempt: {
          description: "Any target suffices; IPv6 is required, IPv4 is not.",
          invoke: {
            id: "proveReach",
            src: "proveReach",
            input: ({ context }) => ({ targets: context.targets }),
            onDone: [
              { guard: "isServing", target: "#networkd.online", actions: "noteReach" },
              { target: "retry", actions: "noteReach" },
            ],
            onError: { target: "retry", actions: "noteFailure" },
          },
        },
        retry: {
          description: "Workloads reach nothing; tried again, then another way out, if there is one.",
          always: { guard: "isExhausted", target: "elsewhere" },
          after: { stepBackoff: { target: "attempt", actions: "countAttempt" } },
        },
        elsewhere: {
          description: "Does something else lead out?",
          always: [
            { guard: "isUplinkBetter", target: "#networkd.ndmz", actions: "leaveThroughUplink" },
            { guard: "isUplinkDead", target: "#networkd.uplinkDead" },
            { target: "#networkd.degraded", actions: "bearLosses" },
          ],
        },
      },
    },
    online: {
      description: "Workloads reach the Internet; each loss leads back to the earliest step that mends it.",
      entry: "noteOnline",
      invoke: {
        id: "watchNode",
        src: "watchNode",
        input: ({ context }) => settingOf(context),
        onError: { target: ".deaf", actions: ["noteDeafness", "noteFailure"] },
      },
      initial: "watching",
      states: {
        watching: {
          description: "Everything is in its place; the kernel tells of changes.",
          on: { "node.observed": { actions: "noteFacts" } },
          always: [
            { guard: "hasLosses", target: "suspect" },
            { guard: "hasNewSilence", target: "check" },
            { guard: "isExitBack", target: "returning" },
          ],
          after: { selfCheck: { target: "suspect.diagnose", actions: "noteHearing" } },
        },
        returning: {
          description:
            "The exit that was chosen works again; workloads return to it when it goes on working for a while.",
          on: { "node.observed": { actions: "noteFacts" } },
          always: [
            { guard: "hasLosses", target: "suspect" },
            { guard: "isExitGone", target: "watching" },
          ],
          after: { exitReturn: { target: "#networkd.ndmz", actions: "leaveAsPlanned" } },
        },
        deaf: {
          description:
            "The kernel is not heard, which is said: the node is read and listened to again, ever less often.",
          after: { deafGrace: "suspect.diagnose" },
        },
        check: {
          description: "Connections to the Internet are opened again: is it still true?",
          invoke: {
            id: "proveAgain",
            src: "proveReach",
            input: ({ context }) => ({ targets: context.targets }),
            onDone: [
              { guard: "isServing", target: "#networkd.online", actions: "noteReach" },
              { target: "#networkd.prove", actions: "noteReach" },
            ],
            onError: { target: "#networkd.prove", actions: "noteFailure" },
          },
        },
        suspect: {
          description: "Something seems lost.",
          entry: "resetAttempts",
          initial: "grace",
          states: {
            grace: {
              description: "A short flap mends itself; one of the only NIC is borne longer, and nothing is torn down.",
              on: { "node.observed": { actions: "noteFacts" } },
              always: { guard: "isWhole", target: "diagnose" },
              after: { lossGrace: "diagnose" },
            },
            diagnose: {
              description: "What exactly is lost?",
              invoke: {
                id: "inspectNode",
                src: "inspectNode",
                input: ({ context }) => settingOf(context),
                onDone: { target: "weigh", actions: "noteFacts" },
                onError: { target: "retry", actions: ["noteFailure", "forgetLosses"] },
              },
            },
            weigh: {
              description: "Nothing, the lease alone, or what a step must mend.",
              always: [
                { guard: "isLeaseLost", target: "#networkd.online.renew" },
                { guard: "hasLosses", target: "#networkd.mend" },
                { target: "#networkd.online.check" },
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
          description: "zos has lost its IPv4 lease while IPv6 goes on, or a client is not run by its supervisor.",
          on: { "node.observed": { actions: "noteFacts" } },
          entry: "bearLosses",
          always: [
            { guard: "isLeaseLossOver", target: "suspect.diagnose" },
            { guard: "hasOtherLosses", target: "suspect.diagnose" },
          ],
          initial: "client",
          states: {
            client: {
              description: "The client is ended if it runs; its supervisor has it as defined and starts it anew.",
              invoke: {
                id: "restartLeaseClient",
                src: "restartLeaseClient",
                input: ({ context }) => clientInNeed(context.facts, context),
                onDone: { target: "listen" },
                onError: { target: "listen", actions: "noteFailure" },
              },
            },
            listen: {
              description: "The client has time to get a lease again.",
              after: { leaseRetry: "#networkd.online.suspect.diagnose" },
            },
          },
        },
      },
    },
    degraded: {
      description:
        "Everything is in its place that can be, but workloads do not reach the Internet: why is said, nothing is torn down, and it is tried again, at once when something changes.",
      entry: "resetAttempts",
      invoke: {
        id: "watchDegraded",
        src: "watchNode",
        input: ({ context }) => settingOf(context),
        onError: { actions: "noteFailure" },
      },
      on: { "node.observed": { actions: "noteFacts" } },
      always: { guard: "hasOtherLosses", target: "mend" },
      initial: "wait",
      states: {
        wait: {
          description: "The fault is beyond what can be mended here.",
          after: {
            remoteBackoff: [
              { guard: "isClientIdle", target: "client", actions: "countAttempt" },
              { target: "attempt", actions: "countAttempt" },
            ],
          },
        },
        client: {
          description: "A DHCP client is not run by its supervisor, which has it as defined and starts it anew.",
          invoke: {
            id: "restartLeaseClient",
            src: "restartLeaseClient",
            input: ({ context }) => clientInNeed(context.facts, context),
            onDone: { target: "attempt" },
            onError: { target: "attempt", actions: "noteFailure" },
          },
        },
        attempt: {
          description: "Is it over?",
          invoke: {
            id: "proveLater",
            src: "proveReach",
            input: ({ context }) => ({ targets: context.targets }),
            onDone: [
              { guard: "isServing", target: "#networkd.online", actions: "noteReach" },
              { target: "wait", actions: "noteReach" },
            ],
            onError: { target: "wait", actions: "noteFailure" },
          },
        },
      },
    },
    mend: {
      description: "The earliest step that mends what is lost goes on from here.",
      always: [
        { guard: "isUplinkLost", target: "uplinkLost" },
        { guard: "isExitBack", target: "ndmz", actions: "leaveAsPlanned" },
        { guard: "isExitSpared", target: "ndmz", actions: "leaveThroughUplink" },
        { guard: "isExitLost", target: "degraded", actions: "bearLosses" },
        { guard: "isNdmzLost", target: "ndmz" },
        { guard: "isIpv6Lost", target: "waitIpv6" },
        { guard: "isNatLost", target: "nat" },
        { guard: "isClientIdle", target: "degraded.client", actions: "bearLosses" },
        { target: "prove" },
      ],
    },
    uplinkDead: {
      description: "The uplink's router is silent and another NIC led out: the boot starts over with all NICs.",
      type: "final",
      entry: assign({ outcome: "uplinkDead" }),
    },
    uplinkLost: {
      description: "zos lost its way to the Internet: the boot starts over.",
      type: "final",
      entry: assign({ outcome: "uplinkLost" }),
    },
    failed: {
      description: "ndmz could not be brought up in this round.",
      type: "final",
    },
  },
});
