import { assign, setup } from "xstate";
import type { Adopted, Choice, Identity, ProbeFacts, Settings, SightedNic, Stage } from "../src/contract.ts";
import { messageOf } from "../src/errors.ts";
import { arrivals, type Sighting } from "../src/policy/arrivals.ts";
import { fullJitterMs } from "../src/policy/backoff.ts";
import { maxAttempts, timing } from "../src/policy/timing.ts";
import { effect, watch } from "./actors.ts";
import { internetMachine, type InternetInput, type InternetOutput } from "./internet.ts";
import { networkdMachine, type NetworkdInput, type NetworkdOutput } from "./networkd.ts";

export interface BootInput {
  settings: Settings;
  stage: Stage;
}

export interface BootContext extends BootInput {
  identity: Identity | null;
  /** Whether the kernel speaks IPv6 at all. */
  hasIpv6: boolean;
  adopted: Adopted | null;
  /** False after a round in which the uplink failed: it must prove itself again. */
  mayAdopt: boolean;
  choice: Choice | null;
  probes: ProbeFacts[];
  /** Rounds since the node was last online; drives the backoff. */
  restarts: number;
  attempts: number;
  /** The NICs when they were last looked at; null when nobody has looked. */
  sighted: Sighting[] | null;
  failure: string | null;
}

type StopRequested = { type: "stop.requested" };
type UplinkObserved = { type: "uplink.observed"; missing: string | null };
type NicsObserved = { type: "nics.observed"; nics: SightedNic[] };

/** The whole boot of a node: recover, internet, enroll, networkd; restarts for ever until an operator stops it. */
export const bootMachine = setup({
  types: {
    context: {} as BootContext,
    input: {} as BootInput,
    events: {} as StopRequested | UplinkObserved | NicsObserved,
  },
  actors: {
    watchUplink: watch<"watchUplink", UplinkObserved>("watchUplink"),
    watchNics: watch<"watchNics", NicsObserved>("watchNics"),
    claimNode: effect("claimNode"),
    settleDevices: effect("settleDevices"),
    recover: effect("recover"),
    internet: internetMachine,
    networkd: networkdMachine,
    giveBackProbes: effect("giveBackProbes"),
  },
  actions: {
    noteFailure: assign((_, { error }: { error: unknown }) => ({ failure: messageOf(error) })),
    noteInternet: assign((_, { output }: { output: InternetOutput }) => ({
      choice: output.choice,
      probes: output.probes,
      failure: output.failure,
      mayAdopt: output.outcome === "reached",
    })),
    noteNetworkd: assign(({ context }, { output }: { output: NetworkdOutput }) => ({
      failure: output.failure,
      restarts: output.wasOnline ? 0 : context.restarts,
    })),
    noteProbed: assign(({ context }) => ({
      sighted: context.probes.length === 0 ? null : context.probes.map(({ nic }) => ({ name: nic, hasCarrier: true })),
    })),
    noteNics: assign((_, { nics }: { nics: SightedNic[] }) => ({
      sighted: nics.map(({ name, hasCarrier }) => ({ name, hasCarrier })),
    })),
    countAttempt: assign(({ context }) => ({ attempts: context.attempts + 1 })),
    resetAttempts: assign({ attempts: 0 }),
    countRestart: assign(({ context }) => ({ restarts: context.restarts + 1 })),
  },
  guards: {
    isExhausted: ({ context }) => context.attempts + 1 >= maxAttempts,
    isDaemonAlone: ({ context }) => context.stage === "networkd",
    isOneShot: ({ context }) => context.stage === "internet",
    isNothingMissing: (_, { missing }: { missing: string | null }) => missing === null,
    isClaimed: (_, { isClaimed }: { isClaimed: boolean }) => isClaimed,
    isReached: (_, { output }: { output: InternetOutput }) => output.outcome === "reached",
    isWoken: (_, { output }: { output: InternetOutput }) => output.outcome === "woken",
    isArrival: ({ context }, { nics }: { nics: SightedNic[] }) =>
      arrivals(context.sighted, nics, context.settings.ignoreNics).length > 0,
    isUplinkLost: (_, { output }: { output: NetworkdOutput }) => output.outcome === "uplinkLost",
  },
  delays: {
    stepBackoff: ({ context }) => fullJitterMs(context.attempts, timing.step, Math.random()),
    restartBackoff: ({ context }) => fullJitterMs(context.restarts, timing.restart, Math.random()),
  },
}).createMachine({
  id: "boot",
  description: "Brings a bare node onto the Internet and keeps it there.",
  context: ({ input }) => ({
    ...input,
    identity: null,
    hasIpv6: true,
    adopted: null,
    mayAdopt: true,
    choice: null,
    probes: [],
    restarts: 0,
    attempts: 0,
    sighted: null,
    failure: null,
  }),
  on: { "stop.requested": ".stopping" },
  initial: "start",
  states: {
    start: {
      description: "The daemon alone leaves it to the one-shot to find an uplink.",
      always: [{ guard: "isDaemonAlone", target: "awaitUplink" }, { target: "settle" }],
    },
    awaitUplink: {
      description: "The one-shot puts the uplink into its place; says what is missing, and waits as long as it takes.",
      entry: "resetAttempts",
      initial: "listen",
      states: {
        listen: {
          description: "The kernel tells of bridge, port, carrier, address and default route.",
          invoke: {
            id: "watchUplink",
            src: "watchUplink",
            input: {},
            onError: {
              target: "retry",
              actions: { type: "noteFailure", params: ({ event }) => ({ error: event.error }) },
            },
          },
          on: {
            "uplink.observed": [
              {
                guard: { type: "isNothingMissing", params: ({ event }) => ({ missing: event.missing }) },
                target: "claim",
              },
              { actions: assign(({ event }) => ({ failure: event.missing })) },
            ],
          },
        },
        claim: {
          description: "The node is claimed for this process, once the one-shot has let it go.",
          invoke: {
            id: "claimNode",
            src: "claimNode",
            input: {},
            onDone: [
              {
                guard: { type: "isClaimed", params: ({ event }) => ({ isClaimed: event.output.isClaimed }) },
                target: "#boot.recover",
                actions: assign({ failure: null }),
              },
              { target: "retry", actions: assign({ failure: "another zos-boot is at work on this node" }) },
            ],
            onError: {
              target: "retry",
              actions: { type: "noteFailure", params: ({ event }) => ({ error: event.error }) },
            },
          },
        },
        retry: {
          description: "The uplink cannot be had yet; looks again soon.",
          after: { stepBackoff: { target: "listen", actions: "countAttempt" } },
        },
      },
    },
    settle: {
      description: "udev gets the time to load the drivers of NICs and to name them.",
      invoke: { id: "settleDevices", src: "settleDevices", input: {}, onDone: "recover", onError: "recover" },
    },
    recover: {
      description: "Takes stock: gives back what an interrupted run left, adopts what is right already.",
      entry: "resetAttempts",
      initial: "attempt",
      states: {
        attempt: {
          description: "Reads the kernel's state and gives back strayed NICs, namespaces and processes.",
          invoke: {
            id: "recover",
            src: "recover",
            input: ({ context }) => ({ mayAdopt: context.mayAdopt, settings: context.settings }),
            onDone: {
              target: "#boot.internet",
              actions: assign(({ event: { output } }) => ({
                identity: output.identity,
                hasIpv6: output.hasIpv6,
                adopted: output.adopted,
              })),
            },
            onError: {
              target: "retry",
              actions: { type: "noteFailure", params: ({ event }) => ({ error: event.error }) },
            },
          },
        },
        retry: {
          description: "Taking stock failed; tries again a bounded number of times.",
          always: { guard: "isExhausted", target: "#boot.restart" },
          after: { stepBackoff: { target: "attempt", actions: "countAttempt" } },
        },
      },
    },
    internet: {
      description: "One-time stage: find the NIC that leads to the Internet and put the node on it.",
      invoke: {
        id: "internet",
        src: "internet",
        input: ({ context }): InternetInput => ({
          settings: context.settings,
          identity: identityOf(context),
          adopted: context.adopted,
          isReportOnly: false,
        }),
        onDone: [
          {
            guard: { type: "isReached", params: ({ event }) => ({ output: event.output }) },
            target: "reached",
            actions: { type: "noteInternet", params: ({ event }) => ({ output: event.output }) },
          },
          {
            guard: { type: "isWoken", params: ({ event }) => ({ output: event.output }) },
            target: "settle",
            actions: { type: "noteInternet", params: ({ event }) => ({ output: event.output }) },
          },
          {
            target: "restart",
            actions: { type: "noteInternet", params: ({ event }) => ({ output: event.output }) },
          },
        ],
        onError: {
          target: "restart",
          actions: { type: "noteFailure", params: ({ event }) => ({ error: event.error }) },
        },
      },
    },
    reached: {
      description: "The node is on the Internet and stays there by its lease client: all that a one-shot is for.",
      always: [{ guard: "isOneShot", target: "done" }, { target: "enroll" }],
    },
    enroll: {
      description: "The node is announced at the grid; without a registrar there is nothing to announce.",
      always: "networkd",
    },
    networkd: {
      description: "For the node's life: ndmz, its IPv6 address, NAT, and mending what gets lost.",
      invoke: {
        id: "networkd",
        src: "networkd",
        input: ({ context }): NetworkdInput => {
          if (context.choice?.uplink == null) throw new Error("there is no uplink");
          const { uplink, exit } = context.choice;
          return { identity: identityOf(context), uplink, exit, nicKinds: context.settings.nicKinds };
        },
        onDone: [
          {
            guard: { type: "isUplinkLost", params: ({ event }) => ({ output: event.output }) },
            target: "recover",
            actions: { type: "noteNetworkd", params: ({ event }) => ({ output: event.output }) },
          },
          {
            target: "restart",
            actions: { type: "noteNetworkd", params: ({ event }) => ({ output: event.output }) },
          },
        ],
        onError: {
          target: "restart",
          actions: { type: "noteFailure", params: ({ event }) => ({ error: event.error }) },
        },
      },
    },
    restart: {
      description:
        "This round failed: waits, with full jitter or until a NIC arrives, and starts over; never gives up.",
      entry: "noteProbed",
      invoke: {
        id: "watchNics",
        src: "watchNics",
        input: ({ context }) => ({ kinds: context.settings.nicKinds }),
        onError: { actions: { type: "noteFailure", params: ({ event }) => ({ error: event.error }) } },
      },
      on: {
        "nics.observed": [
          {
            guard: { type: "isArrival", params: ({ event }) => ({ nics: event.nics }) },
            target: "settle",
          },
          { actions: { type: "noteNics", params: ({ event }) => ({ nics: event.nics }) } },
        ],
      },
      after: { restartBackoff: { target: "settle", actions: "countRestart" } },
    },
    stopping: {
      description: "An operator asked for the end: NICs that are being probed are given back.",
      invoke: {
        id: "giveBackProbes",
        src: "giveBackProbes",
        input: {},
        onDone: { target: "stopped" },
        onError: {
          target: "stopped",
          actions: { type: "noteFailure", params: ({ event }) => ({ error: event.error }) },
        },
      },
    },
    done: {
      description: "The one-shot ends; the daemon goes on from here.",
      type: "final",
    },
    stopped: {
      description: "The program ends; the node keeps the network that it has.",
      type: "final",
    },
  },
});

function identityOf(context: BootContext): Identity {
  if (context.identity === null) throw new Error("recovery has not told who the node is");
  return context.identity;
}
