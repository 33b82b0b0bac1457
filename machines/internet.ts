import { assign, enqueueActions, setup } from "xstate";
import { sightingsOf } from "../src/policy/arrivals.ts";
import { fullJitterMs } from "../src/policy/backoff.ts";
import { isExitKnown, keepAdopted, withExit, withoutUplink } from "../src/policy/choice.ts";
import {
  type GivenBack,
  givenBackEarly,
  givenBackFirst,
  givenBackForExit,
  givenBackInVain,
  givenBackNext,
} from "../src/policy/giving-back.ts";
import { uplinkClient } from "../src/policy/lease-clients.ts";
import {
  brokenProbe,
  hasAnsweredRival,
  hasProvenBest,
  hasProvenCandidate,
  isChoiceCertain,
  isReportComplete,
  isUplinkCertain,
  settleAnswersMs,
  settleProofsMs,
} from "../src/policy/selection.ts";
import { goalsOf } from "../src/policy/target.ts";
import { maxAttempts, maxOutageAttempts, timing } from "../src/policy/timing.ts";
import { isSameZos } from "../src/policy/uplink-in-place.ts";
import { effect, type FactsOf, watch } from "./actors.ts";
import type { NicsObserved, SettingsChanged, UplinkObserved } from "./events.ts";
import { failureIn, nicsIn, nicsObserved, outputIn, settingsIn, uplinkObserved, zosIn } from "./events.ts";
import {
  actorIn,
  advertisedDnsOf,
  type ChildEvent,
  chosen,
  chosenBy,
  factsIn,
  type InternetContext,
  type InternetInput,
  type InternetOutput,
  isAllReleased,
  isArrival,
  isOtherProven,
  isReleased,
  listedBy,
  outcomeOf,
  rulesOf,
  unheld,
  uplinkOf,
  withNewcomers,
} from "./internet-context.ts";
import { probeMachine } from "./probe.ts";

/** The one-time stage: finds the NIC that leads to the Internet, makes it the port of `zos`, and proves it. */
export const internetMachine = setup({
  types: {
    context: {} as InternetContext,
    input: {} as InternetInput,
    output: {} as InternetOutput,
    events: {} as NicsObserved | SettingsChanged | UplinkObserved | ChildEvent,
  },
  actors: {
    listNics: effect("listNics"),
    watchNics: watch("watchNics", nicsObserved),
    watchUplink: watch("watchUplink", uplinkObserved),
    probe: probeMachine,
    releaseNic: effect("releaseNic"),
    ensureBridge: effect("ensureBridge"),
    ensureLeaseClient: effect("ensureLeaseClient"),
    restartLeaseClient: effect("restartLeaseClient"),
    awaitAddress: effect("awaitAddress"),
    ensureResolver: effect("ensureResolver"),
    reachTargets: effect("reachTargets"),
    keepExit: effect("keepExit"),
  },
  actions: {
    noteFailure: assign(({ event }) => ({ failure: failureIn(event) })),
    countAttempt: assign(({ context }) => ({ attempts: context.attempts + 1 })),
    resetAttempts: assign({ attempts: 0 }),
    noteSettings: assign(({ event }) => ({ settings: settingsIn(event) })),
    noteNics: assign(({ event }) => ({ sighted: sightingsOf(nicsIn(event)) })),
    noteListed: assign(({ context, event }) => listedBy(event, context)),
    noteNewcomers: assign(({ context, event }) => withNewcomers(event, context)),
    startProbes: enqueueActions(({ context, enqueue }) => {
      const { identity, settings, isReportOnly } = context;
      const nics = unheld(context);
      for (const nic of nics) {
        const input = { nic, identity, settings, isReportOnly };
        enqueue.spawnChild("probe", { id: `probe.${nic.name}`, input, syncSnapshot: true });
      }
      enqueue.assign({ held: [...context.held, ...nics.map(({ name }) => name)] });
    }),
    noteProbe: assign(({ context, event }) => {
      const facts = factsIn(event);
      return { probes: context.probes.map((probe) => (probe.nic === facts.nic ? facts : probe)) };
    }),
    noteBrokenProbe: assign(({ context, event }) => ({
      probes: context.probes.map((probe) =>
        `probe.${probe.nic}` === actorIn(event) ? brokenProbe(probe, failureIn(event)) : probe,
      ),
    })),
    choose: assign(({ context }) => chosenBy(context)),
    chooseExit: assign(({ context }) => ({
      choice: context.adopted === null ? withExit(chosen(context), context.probes, rulesOf(context)) : context.choice,
    })),
    giveBack: enqueueActions(({ context, enqueue }, { nics, becomes }: GivenBack) => {
      const due = nics.filter((nic) => context.held.includes(nic));
      for (const nic of due) {
        enqueue.stopChild(`probe.${nic}`);
        enqueue.spawnChild("releaseNic", { id: `release.${nic}`, input: { nic, becomes } });
      }
      enqueue.assign({
        held: context.held.filter((nic) => !due.includes(nic)),
        unreleased: [...context.unreleased, ...due],
      });
    }),
    noteReleased: assign(({ context, event }) => ({
      unreleased: context.unreleased.filter((nic) => `release.${nic}` !== actorIn(event)),
    })),
    noteAddress: assign(({ event }) => outputIn(event) as FactsOf<"awaitAddress">),
    noteZos: assign(({ event }) => ({ zos: zosIn(event) })),
    noteNoAddress: assign({ failure: "zos got no address and default route in time" }),
    noteReached: assign(({ event }) => ({
      reached: (outputIn(event) as FactsOf<"reachTargets">).reached,
      failure: null,
    })),
    noteUnreached: assign(({ event }) => {
      const { hindrance } = outputIn(event) as FactsOf<"reachTargets">;
      return { failure: hindrance?.says ?? "no target answered through zos" };
    }),
    takeNext: assign(({ context }) => ({
      choice: withoutUplink(chosen(context), context.failure ?? "it failed", {
        all: context.probes,
        rules: rulesOf(context),
      }),
    })),
  },
  guards: {
    isBooting: ({ context }) => !context.isReportOnly,
    isAdopted: ({ context }) => context.adopted !== null,
    isExhausted: ({ context }) => context.attempts + 1 >= maxAttempts,
    isNothingLeft: ({ context }) => (context.choice?.others.length ?? 0) === 0 && isAllReleased(context),
    isNextReleased: ({ context }) => {
      const next = context.choice?.others[0];
      return next !== undefined && isReleased(context, next.nic);
    },
    isRemoteFault: ({ context }) => context.choice?.isRemoteFault ?? false,
    isOutageLong: ({ context }) => context.attempts >= maxOutageAttempts,
    isChoiceCertain: ({ context: { isReportOnly, probes, settings } }) =>
      isReportOnly ? probes.every((probe) => probe.pending.length === 0) : isChoiceCertain(probes, settings),
    isWorthSettling: ({ context: { isReportOnly, probes, settings } }) =>
      !isReportOnly && (hasProvenBest(probes, settings) || isUplinkCertain(probes, settings)),
    hasAnsweredRival: ({ context: { probes, settings } }) => hasAnsweredRival(probes, settings),
    hasProvenCandidate: ({ context: { isReportOnly, probes, settings } }) =>
      isReportOnly ? isReportComplete(probes) : hasProvenCandidate(probes, settings),
    isUplinkReleased: ({ context }) =>
      !context.isReportOnly && context.choice?.uplink != null && isReleased(context, context.choice.uplink.nic),
    isReported: ({ context }) => context.isReportOnly && isAllReleased(context),
    isNothingFound: ({ context }) => context.choice?.uplink == null && isAllReleased(context),
    isExitKnown: ({ context }) => isExitKnown(chosen(context), context.probes, context.settings),
    isAllReleased: ({ context }) => isAllReleased(context),
    isArrival: ({ context, event }) => isArrival(event, context),
    isZosOther: ({ context, event }) => !isSameZos(zosIn(event), context.zos),
    isOtherProven: ({ context }) => isOtherProven(context),
    isRoomForProbes: ({ context }) => context.unreleased.length === 0,
    isReached: ({ event }) => (outputIn(event) as FactsOf<"reachTargets">).reached !== null,
  },
  delays: {
    stepBackoff: ({ context }) => fullJitterMs(context.attempts, timing.stepBackoff, Math.random()),
    remoteBackoff: ({ context }) => fullJitterMs(context.attempts, timing.remoteBackoff, Math.random()),
    probeTimeout: ({ context }) => context.settings.probeTimeoutMs,
    preferPrivate: ({ context }) => context.settings.preferPrivateMs,
    settleAnswers: ({ context }) => settleAnswersMs(context.probes, context.settings),
    settleProofs: ({ context }) => settleProofsMs(context.probes, context.settings),
    addressTimeout: timing.addressTimeout.ms,
    exitTimeout: timing.exitTimeout.ms,
  },
}).createMachine({
  id: "internet",
  description: "Finds the NIC that leads to the Internet and puts the node on it.",
  context: ({ input }) => ({
    ...input,
    nics: [],
    otherLinks: [],
    probes: [],
    held: [],
    unreleased: [],
    choice: input.adopted && keepAdopted(input.adopted),
    zos: null,
    advertisedDns: [],
    reached: null,
    attempts: 0,
    sighted: null,
    isWoken: false,
    failure: null,
  }),
  output: ({ context }) => ({
    outcome: outcomeOf(context),
    choice: context.choice,
    probes: context.probes,
    zos: context.zos,
    reached: context.reached,
    advertisedDns: context.choice?.uplink == null ? [] : advertisedDnsOf(context),
    failure: context.failure,
  }),
  on: {
    "settings.changed": { actions: "noteSettings" },
    "xstate.snapshot.probe.*": { actions: "noteProbe" },
    "xstate.done.actor.probe.*": { actions: "noteProbe" },
    "xstate.error.actor.probe.*": { actions: "noteBrokenProbe" },
    "xstate.done.actor.release.*": { actions: "noteReleased" },
    "xstate.error.actor.release.*": { actions: ["noteReleased", "noteFailure"] },
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
      states: {
        list: {
          description: "Which NICs does the node have?",
          invoke: {
            id: "listNics",
            src: "listNics",
            input: ({ context }) => ({ kinds: context.settings.nicKinds }),
            onDone: { target: "watch", actions: ["noteListed", "startProbes"] },
            onError: { target: "retry", actions: "noteFailure" },
          },
        },
        retry: {
          description: "The NICs could not be listed; tries again a bounded number of times.",
          always: { guard: "isExhausted", target: "#internet.failed" },
          after: { stepBackoff: { target: "list", actions: "countAttempt" } },
        },
        watch: {
          description:
            "Probes report as they learn, NICs that arrive are probed too; decides as soon as waiting cannot change the choice.",
          invoke: {
            id: "watchNics",
            src: "watchNics",
            input: ({ context: { settings, nics, otherLinks } }) => ({
              kinds: settings.nicKinds,
              listed: { nics, otherLinks },
            }),
            onError: { actions: "noteFailure" },
          },
          on: {
            "nics.observed": {
              guard: "isBooting",
              actions: ["noteNewcomers", "startProbes"],
            },
          },
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
              description:
                "A NIC leads to the Internet, but a better gateway would be preferred; for a report, links get time to come up.",
              always: { guard: "isWorthSettling", target: "settle" },
              after: { preferPrivate: "#internet.selectGateway" },
            },
            settle: {
              description: "A NIC is as good as can be; others get as long again as it needed for the same.",
              initial: "answers",
              states: {
                answers: {
                  description: "NICs that could go before it get as long again to hear of a gateway.",
                  after: {
                    settleAnswers: [
                      { guard: "hasAnsweredRival", target: "proofs" },
                      { target: "#internet.selectGateway" },
                    ],
                  },
                },
                proofs: {
                  description: "One of them has heard of a gateway; it gets as long to prove it.",
                  after: { settleProofs: "#internet.selectGateway" },
                },
              },
            },
          },
        },
      },
    },
    selectGateway: {
      description: "The best gateway decides the uplink, which is given back with its lease kept; other probes go on.",
      entry: ["choose", { type: "giveBack", params: ({ context }) => givenBackFirst(context) }],
      always: [
        { guard: "isUplinkReleased", target: "bridge" },
        { guard: "isReported", target: "reported" },
        { guard: "isNothingFound", target: "failed" },
      ],
    },
    bridge: {
      description: "The bridge zos exists and the uplink is its port; NICs that lead nowhere are given back meanwhile.",
      entry: ["resetAttempts", { type: "giveBack", params: ({ context }) => givenBackEarly(context) }],
      initial: "attempt",
      states: {
        attempt: {
          description: "Creates or mends the bridge and reads it back.",
          invoke: {
            id: "ensureBridge",
            src: "ensureBridge",
            input: ({ context }) => ({ uplink: uplinkOf(context) }),
            onDone: { target: "#internet.register" },
            onError: { target: "retry", actions: "noteFailure" },
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
            input: ({ context }) => uplinkClient(context.identity, uplinkOf(context)),
            onDone: { target: "address" },
            onError: { target: "retry", actions: "noteFailure" },
          },
        },
        address: {
          description: "Waits until zos has the address and default route that the probe promised.",
          invoke: {
            id: "awaitAddress",
            src: "awaitAddress",
            input: ({ context }) => ({ family: uplinkOf(context).families[0] ?? "v4" }),
            onDone: { target: "resolver", actions: "noteAddress" },
            onError: { target: "retry", actions: "noteFailure" },
          },
          after: {
            addressTimeout: [
              { guard: "isExhausted", target: "#internet.fallBack", actions: "noteNoAddress" },
              { target: "unwell", actions: ["countAttempt", "noteNoAddress"] },
            ],
          },
        },
        unwell: {
          description: "The client does not get there: it is ended, and its supervisor starts it anew.",
          invoke: {
            id: "restartLeaseClient",
            src: "restartLeaseClient",
            input: ({ context }) => uplinkClient(context.identity, uplinkOf(context)),
            onDone: { target: "address" },
            onError: { target: "address", actions: "noteFailure" },
          },
        },
        resolver: {
          description: "The node's resolv.conf names the DNS servers that the network gave.",
          invoke: {
            id: "ensureResolver",
            src: "ensureResolver",
            input: ({ context }) => ({ advertisedDns: advertisedDnsOf(context), goals: goalsOf(context.settings) }),
            onDone: { target: "#internet.reach" },
            onError: { target: "retry", actions: "noteFailure" },
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
          description: "Asks the hosts that the node needs next, which must prove who they are; any one suffices.",
          invoke: {
            id: "reachTargets",
            src: "reachTargets",
            input: ({ context }) => ({ goals: goalsOf(context.settings) }),
            onDone: [
              { guard: "isReached", target: "#internet.selectExit", actions: "noteReached" },
              { target: "retry", actions: "noteUnreached" },
            ],
            onError: { target: "retry", actions: "noteFailure" },
          },
        },
        resolver: {
          description: "A lease that came after zos was on the network may name the DNS servers that were missing.",
          invoke: {
            id: "renewResolver",
            src: "ensureResolver",
            input: ({ context }) => ({ advertisedDns: advertisedDnsOf(context), goals: goalsOf(context.settings) }),
            onDone: { target: "attempt" },
            onError: { target: "attempt", actions: "noteFailure" },
          },
        },
        retry: {
          description: "No target answered; tries again, then the next candidate.",
          always: [
            { guard: "isOutageLong", target: "#internet.fallBack" },
            { guard: "isRemoteFault", target: "outage" },
            { guard: "isExhausted", target: "#internet.fallBack" },
          ],
          after: { stepBackoff: { target: "resolver", actions: "countAttempt" } },
        },
        outage: {
          description:
            "Gateways answer, but no NIC leads to any target: zos is kept, and tried again later or when its network changes.",
          invoke: [
            {
              id: "watchForNews",
              src: "watchNics",
              input: ({ context }) => ({ kinds: context.settings.nicKinds }),
              onError: { actions: "noteFailure" },
            },
            { id: "watchZos", src: "watchUplink", input: {}, onError: { actions: "noteFailure" } },
          ],
          on: {
            "nics.observed": [
              { guard: "isArrival", target: ".release", actions: ["noteNewcomers", "noteNics"] },
              { actions: "noteNics" },
            ],
            "uplink.observed": { guard: "isZosOther", target: "resolver", actions: "noteZos" },
          },
          always: { guard: "isOtherProven", target: "#internet.makeWay" },
          after: { remoteBackoff: { target: "resolver", actions: "countAttempt" } },
          initial: "release",
          states: {
            release: {
              description: "NICs whose probes know all that they will are given back.",
              entry: { type: "giveBack", params: ({ context }) => givenBackInVain(context) },
              always: { guard: "isRoomForProbes", target: "beside" },
            },
            beside: {
              description: "All NICs but the uplink are probed again, beside zos.",
              entry: "startProbes",
            },
          },
        },
      },
    },
    selectExit: {
      description: "The NIC through which ndmz leaves is decided, when every other NIC has had time to find a router.",
      initial: "listen",
      states: {
        listen: {
          description: "Routers on NICs with carrier have the time that the standard gives them.",
          always: { guard: "isExitKnown", target: "tidy" },
          after: { exitTimeout: "tidy" },
        },
        tidy: {
          description: "The exit is decided and the last NICs are given back.",
          entry: [
            "chooseExit",
            { type: "giveBack", params: ({ context }) => givenBackForExit(context) },
            { type: "giveBack", params: ({ context }) => ({ nics: context.held, becomes: "idle" }) },
          ],
          always: { guard: "isAllReleased", target: "keep" },
        },
        keep: {
          description: "The exit is kept for the program that goes on from here, should it be another one.",
          invoke: {
            id: "keepExit",
            src: "keepExit",
            input: ({ context }) => ({ exit: chosen(context).exit }),
            onDone: { target: "#internet.reached" },
            onError: { target: "#internet.reached", actions: "noteFailure" },
          },
        },
      },
    },
    fallBack: {
      description: "The uplink failed: the next candidate takes its place once it is given back.",
      entry: { type: "giveBack", params: ({ context }) => givenBackNext(context) },
      always: [
        { guard: "isNextReleased", target: "bridge", actions: "takeNext" },
        { guard: "isNothingLeft", target: "failed" },
      ],
    },
    makeWay: {
      description:
        "Another NIC leads to the Internet, where the uplink does not: all are given back, to be probed anew.",
      entry: [
        assign({ isWoken: true }),
        { type: "giveBack", params: ({ context }) => ({ nics: context.held, becomes: "idle" }) },
      ],
      always: { guard: "isAllReleased", target: "woken" },
    },
    woken: {
      description: "This round is over; the next one begins at once, with the NIC that leads out.",
      type: "final",
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
