import { assign, enqueueActions, setup, type DoneActorEvent, type ErrorActorEvent, type SnapshotFrom } from "xstate";
import type { Adopted, AddressFacts, Choice, Identity, Nic, ProbeFacts, Settings, Uplink } from "../src/contract.ts";
import { messageOf } from "../src/errors.ts";
import { fullJitterMs } from "../src/policy/backoff.ts";
import { clientIdOf } from "../src/policy/identity.ts";
import { names } from "../src/policy/names.ts";
import {
  choose,
  hasProvenCandidate,
  hasProvenPrivate,
  isChoiceCertain,
  isUplinkCertain,
  keepAdopted,
  settleMs,
  unprobed,
  withoutUplink,
} from "../src/policy/selection.ts";
import { maxAttempts, maxOutageAttempts, timing } from "../src/policy/timing.ts";
import { effect } from "./actors.ts";
import { probeMachine } from "./probe.ts";

export interface InternetInput {
  settings: Settings;
  identity: Identity;
  /** An uplink that is in its place already; null to probe all NICs. */
  adopted: Adopted | null;
  /** Probe, choose, give everything back and stop there. */
  isReportOnly: boolean;
}

export interface InternetContext extends InternetInput {
  nics: Nic[];
  probes: ProbeFacts[];
  /** NICs whose probe namespaces are still to be given back. */
  unreleased: string[];
  choice: Choice | null;
  zos: AddressFacts | null;
  /** DNS servers that routers advertised on zos (RFC 8106). */
  advertisedDns: string[];
  reached: string | null;
  attempts: number;
  failure: string | null;
}

export type InternetOutput = Pick<InternetContext, "choice" | "probes" | "zos" | "reached" | "failure"> & {
  outcome: "reached" | "reported" | "failed";
};

type ProbeReported = { type: `xstate.snapshot.probe.${string}`; snapshot: SnapshotFrom<typeof probeMachine> };
type ProbeEnded = DoneActorEvent<ProbeFacts, `probe.${string}`> & { type: `xstate.done.actor.probe.${string}` };
type ProbeBroke = ErrorActorEvent<unknown, `probe.${string}`> & { type: `xstate.error.actor.probe.${string}` };
type NicReleased = DoneActorEvent<{ nic: string }, `release.${string}`> & {
  type: `xstate.done.actor.release.${string}`;
};
type ReleaseFailed = ErrorActorEvent<unknown, `release.${string}`> & { type: `xstate.error.actor.release.${string}` };

/** The one-time stage: finds the NIC that leads to the Internet, makes it the port of `zos`, and proves it. */
export const internetMachine = setup({
  types: {
    context: {} as InternetContext,
    input: {} as InternetInput,
    output: {} as InternetOutput,
    events: {} as ProbeReported | ProbeEnded | ProbeBroke | NicReleased | ReleaseFailed,
  },
  actors: {
    listNics: effect("listNics"),
    probe: probeMachine,
    releaseNic: effect("releaseNic"),
    ensureBridge: effect("ensureBridge"),
    ensureLeaseClient: effect("ensureLeaseClient"),
    awaitAddress: effect("awaitAddress"),
    ensureResolver: effect("ensureResolver"),
    reachTargets: effect("reachTargets"),
  },
  actions: {
    noteFailure: assign((_, { error }: { error: unknown }) => ({ failure: messageOf(error) })),
    countAttempt: assign(({ context }) => ({ attempts: context.attempts + 1 })),
    resetAttempts: assign({ attempts: 0 }),
    startProbes: enqueueActions(({ context, enqueue }) => {
      for (const nic of context.nics) {
        enqueue.spawnChild("probe", {
          id: `probe.${nic.name}`,
          input: { nic, identity: context.identity, settings: context.settings },
          syncSnapshot: true,
        });
      }
    }),
    noteProbe: assign(({ context }, { facts }: { facts: ProbeFacts }) => ({
      probes: context.probes.map((probe) => (probe.nic === facts.nic ? facts : probe)),
    })),
    noteBrokenProbe: assign(({ context }, { actorId, error }: { actorId: string; error: unknown }) => ({
      probes: context.probes.map((probe) =>
        `probe.${probe.nic}` === actorId
          ? { ...probe, pending: [], errors: [...probe.errors, messageOf(error)] }
          : probe,
      ),
    })),
    choose: assign(({ context }) => {
      const choice = choose(context.probes);
      return { choice, failure: choice.uplink === null ? "no NIC has a default gateway" : null };
    }),
    giveNicsBack: enqueueActions(({ context, enqueue }) => {
      const kept = context.isReportOnly ? null : context.choice?.uplink?.nic;
      for (const { name } of context.nics) {
        enqueue.stopChild(`probe.${name}`);
        enqueue.spawnChild("releaseNic", { id: `release.${name}`, input: { nic: name, keepLease: name === kept } });
      }
    }),
    noteReleased: assign(({ context }, { actorId }: { actorId: string }) => ({
      unreleased: context.unreleased.filter((nic) => `release.${nic}` !== actorId),
    })),
    takeNext: assign(({ context }) => ({
      choice: context.choice && withoutUplink(context.choice, context.failure ?? "it failed"),
    })),
  },
  guards: {
    isAdopted: ({ context }) => context.adopted !== null,
    isExhausted: ({ context }) => context.attempts + 1 >= maxAttempts,
    isNothingLeft: ({ context }) => (context.choice?.others.length ?? 0) === 0 && context.unreleased.length === 0,
    isNextReleased: ({ context }) => {
      const next = context.choice?.others[0];
      return next !== undefined && !context.unreleased.includes(next.nic);
    },
    isRemoteFault: ({ context }) => context.choice?.isRemoteFault ?? false,
    isOutageLong: ({ context }) => context.attempts >= maxOutageAttempts,
    isChoiceCertain: ({ context }) => isChoiceCertain(context.probes),
    isWorthSettling: ({ context }) => hasProvenPrivate(context.probes) || isUplinkCertain(context.probes),
    hasProvenCandidate: ({ context }) => hasProvenCandidate(context.probes),
    isUplinkReleased: ({ context }) =>
      !context.isReportOnly &&
      context.choice?.uplink != null &&
      !context.unreleased.includes(context.choice.uplink.nic),
    isReported: ({ context }) => context.isReportOnly && context.unreleased.length === 0,
    isNothingFound: ({ context }) =>
      !context.isReportOnly && context.choice?.uplink == null && context.unreleased.length === 0,
    isAllReleased: ({ context }) => context.unreleased.length === 0,
    isReached: (_, { reached }: { reached: string | null }) => reached !== null,
  },
  delays: {
    stepBackoff: ({ context }) => fullJitterMs(context.attempts, timing.step, Math.random()),
    remoteBackoff: ({ context }) => fullJitterMs(context.attempts, timing.restart, Math.random()),
    probeTimeout: ({ context }) => context.settings.probeTimeoutMs,
    preferPrivate: ({ context }) => context.settings.preferPrivateMs,
    settle: ({ context }) => settleMs(context.probes),
    addressTimeout: timing.addressMs,
  },
}).createMachine({
  id: "internet",
  description: "Finds the NIC that leads to the Internet and puts the node on it.",
  context: ({ input }) => ({
    ...input,
    nics: [],
    probes: [],
    unreleased: [],
    choice: input.adopted && keepAdopted(input.adopted),
    zos: null,
    advertisedDns: [],
    reached: null,
    attempts: 0,
    failure: null,
  }),
  output: ({ context }) => ({
    outcome: outcomeOf(context),
    choice: context.choice,
    probes: context.probes,
    zos: context.zos,
    reached: context.reached,
    failure: context.failure,
  }),
  on: {
    "xstate.done.actor.release.*": {
      actions: { type: "noteReleased", params: ({ event }) => ({ actorId: event.actorId }) },
    },
    "xstate.error.actor.release.*": {
      actions: [
        { type: "noteReleased", params: ({ event }) => ({ actorId: event.actorId }) },
        { type: "noteFailure", params: ({ event }) => ({ error: event.error }) },
      ],
    },
  },
  initial: "start",
  states: {
    start: {
      description: "An uplink that is in its place already is kept; otherwise all NICs are probed.",
      always: [{ guard: "isAdopted", target: "bridge" }, { target: "probe" }],
    },
    probe: {
      description: "Every NIC is probed in a namespace of its own, all in parallel.",
      entry: "resetAttempts",
      initial: "list",
      on: {
        "xstate.snapshot.probe.*": {
          actions: { type: "noteProbe", params: ({ event }) => ({ facts: event.snapshot.context.facts }) },
        },
        "xstate.done.actor.probe.*": {
          actions: { type: "noteProbe", params: ({ event }) => ({ facts: event.output }) },
        },
        "xstate.error.actor.probe.*": {
          actions: { type: "noteBrokenProbe", params: ({ event }) => ({ actorId: event.actorId, error: event.error }) },
        },
      },
      states: {
        list: {
          description: "Which NICs does the node have?",
          invoke: {
            id: "listNics",
            src: "listNics",
            input: ({ context }) => ({ kinds: context.settings.nicKinds }),
            onDone: {
              target: "watch",
              actions: [
                assign(({ event }) => ({
                  nics: event.output,
                  unreleased: event.output.map((nic) => nic.name),
                  probes: event.output.map(unprobed),
                })),
                "startProbes",
              ],
            },
            onError: {
              target: "retry",
              actions: { type: "noteFailure", params: ({ event }) => ({ error: event.error }) },
            },
          },
        },
        retry: {
          description: "The NICs could not be listed; tries again a bounded number of times.",
          always: { guard: "isExhausted", target: "#internet.failed" },
          after: { stepBackoff: { target: "list", actions: "countAttempt" } },
        },
        watch: {
          description: "Probes report as they learn; decides as soon as waiting cannot change the choice.",
          after: { probeTimeout: "#internet.selectGateway" },
          always: { guard: "isChoiceCertain", target: "#internet.selectGateway" },
          initial: "open",
          states: {
            open: {
              description: "No NIC has proven that it leads to the Internet yet.",
              always: [
                { guard: "isWorthSettling", target: "settle" },
                { guard: "hasProvenCandidate", target: "prefer" },
              ],
            },
            prefer: {
              description: "A NIC leads to the Internet, but a private gateway would be preferred.",
              always: { guard: "isWorthSettling", target: "settle" },
              after: { preferPrivate: "#internet.selectGateway" },
            },
            settle: {
              description: "A NIC is as good as can be; others get as long again as it needed.",
              after: { settle: "#internet.selectGateway" },
            },
          },
        },
      },
    },
    selectGateway: {
      description: "The best gateway decides the uplink; every NIC is given back, the uplink's lease is kept.",
      entry: ["choose", "giveNicsBack"],
      always: [
        { guard: "isUplinkReleased", target: "bridge" },
        { guard: "isReported", target: "reported" },
        { guard: "isNothingFound", target: "failed" },
      ],
    },
    bridge: {
      description: "The bridge zos exists and the uplink is its port.",
      entry: "resetAttempts",
      initial: "attempt",
      states: {
        attempt: {
          description: "Creates or mends the bridge and reads it back.",
          invoke: {
            id: "ensureBridge",
            src: "ensureBridge",
            input: ({ context }) => ({ uplink: uplinkOf(context) }),
            onDone: { target: "#internet.register" },
            onError: {
              target: "retry",
              actions: { type: "noteFailure", params: ({ event }) => ({ error: event.error }) },
            },
          },
        },
        retry: {
          description: "The bridge could not be built; tries again, then the next candidate.",
          always: { guard: "isExhausted", target: "#internet.fallBack" },
          after: { stepBackoff: { target: "attempt", actions: "countAttempt" } },
        },
      },
    },
    register: {
      description: "A DHCP client on zos is registered with the supervisor; zos gets its address and default route.",
      entry: "resetAttempts",
      initial: "client",
      states: {
        client: {
          description: "The supervisor keeps a DHCP client for zos alive.",
          invoke: {
            id: "ensureLeaseClient",
            src: "ensureLeaseClient",
            input: ({ context }) => ({
              service: names.uplinkClient,
              iface: names.bridge,
              namespace: null,
              clientId: clientIdOf(context.identity.duid, uplinkOf(context).mac),
              hostname: context.identity.hostname,
            }),
            onDone: { target: "address" },
            onError: {
              target: "retry",
              actions: { type: "noteFailure", params: ({ event }) => ({ error: event.error }) },
            },
          },
        },
        address: {
          description: "Waits until zos has the address and default route that the probe promised.",
          invoke: {
            id: "awaitAddress",
            src: "awaitAddress",
            input: ({ context }) => ({ family: uplinkOf(context).families[0] ?? "v4" }),
            onDone: { target: "resolver", actions: assign(({ event }) => event.output) },
            onError: {
              target: "retry",
              actions: { type: "noteFailure", params: ({ event }) => ({ error: event.error }) },
            },
          },
          after: {
            addressTimeout: {
              target: "retry",
              actions: assign({ failure: "zos got no address and default route in time" }),
            },
          },
        },
        resolver: {
          description: "The node's resolv.conf names the DNS servers that the network gave.",
          invoke: {
            id: "ensureResolver",
            src: "ensureResolver",
            input: ({ context }) => ({ advertisedDns: context.advertisedDns }),
            onDone: { target: "#internet.reach" },
            onError: {
              target: "retry",
              actions: { type: "noteFailure", params: ({ event }) => ({ error: event.error }) },
            },
          },
        },
        retry: {
          description: "zos is not on the network yet; tries again, then the next candidate.",
          always: { guard: "isExhausted", target: "#internet.fallBack" },
          after: { stepBackoff: { target: "client", actions: "countAttempt" } },
        },
      },
    },
    reach: {
      description: "The Internet answers through zos too.",
      entry: "resetAttempts",
      initial: "attempt",
      states: {
        attempt: {
          description: "Opens a connection to the hosts that the node needs next; any one suffices.",
          invoke: {
            id: "reachTargets",
            src: "reachTargets",
            input: ({ context }) => ({ targets: context.settings.reachTargets }),
            onDone: [
              {
                guard: { type: "isReached", params: ({ event }) => ({ reached: event.output.reached }) },
                target: "tidy",
                actions: assign(({ event }) => ({ reached: event.output.reached, failure: null })),
              },
              { target: "retry", actions: assign({ failure: "no target accepted a connection through zos" }) },
            ],
            onError: {
              target: "retry",
              actions: { type: "noteFailure", params: ({ event }) => ({ error: event.error }) },
            },
          },
        },
        retry: {
          description: "No target answered; tries again, then the next candidate.",
          always: [
            { guard: "isRemoteFault", target: "outage" },
            { guard: "isExhausted", target: "#internet.fallBack" },
          ],
          after: { stepBackoff: { target: "attempt", actions: "countAttempt" } },
        },
        outage: {
          description:
            "Gateways answer, but no NIC leads to any target: the fault is remote, so the network is kept and asked again later; in the end the next candidate is tried.",
          always: { guard: "isOutageLong", target: "#internet.fallBack" },
          after: { remoteBackoff: { target: "attempt", actions: "countAttempt" } },
        },
        tidy: {
          description: "The last probes' namespaces are given back.",
          always: { guard: "isAllReleased", target: "#internet.reached" },
        },
      },
    },
    fallBack: {
      description: "The uplink failed: the next candidate takes its place once it is given back.",
      always: [
        { guard: "isNextReleased", target: "bridge", actions: "takeNext" },
        { guard: "isNothingLeft", target: "failed" },
      ],
    },
    reached: {
      description: "The node is on the Internet and stays there by its lease client.",
      type: "final",
    },
    reported: {
      description: "All NICs were probed and given back.",
      type: "final",
    },
    failed: {
      description: "No NIC leads to the Internet in this round.",
      type: "final",
    },
  },
});

function outcomeOf({ reached, isReportOnly, choice }: InternetContext): InternetOutput["outcome"] {
  if (reached !== null) return "reached";
  return isReportOnly && choice !== null ? "reported" : "failed";
}

function uplinkOf(context: InternetContext): Uplink {
  if (context.choice?.uplink == null) throw new Error("there is no uplink");
  return context.choice.uplink;
}
