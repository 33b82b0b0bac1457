import { assign, enqueueActions, setup, type DoneActorEvent, type ErrorActorEvent, type SnapshotFrom } from "xstate";
import type {
  Adopted,
  AddressFacts,
  Becomes,
  Choice,
  Identity,
  Nic,
  OtherLink,
  ProbeFacts,
  Settings,
  SightedNic,
  Uplink,
} from "../src/contract.ts";
import { messageOf } from "../src/errors.ts";
import { arrivals, type Sighting } from "../src/policy/arrivals.ts";
import { fullJitterMs } from "../src/policy/backoff.ts";
import { clientIdOf } from "../src/policy/identity.ts";
import { names } from "../src/policy/names.ts";
import { choose, isExitKnown, keepAdopted, whyNoUplink, withExit, withoutUplink } from "../src/policy/choice.ts";
import {
  type Circumstances,
  hasAnsweredRival,
  hasProvenBest,
  hasProvenCandidate,
  isChoiceCertain,
  isListed,
  isReportComplete,
  isUplinkCertain,
  prospectOf,
  settleAnswersMs,
  settleProofsMs,
  unprobed,
} from "../src/policy/selection.ts";
import { maxAttempts, maxOutageAttempts, timing } from "../src/policy/timing.ts";
import { effect, watch } from "./actors.ts";
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
  /** Links that are no NICs, and why. */
  otherLinks: OtherLink[];
  probes: ProbeFacts[];
  /** NICs that probes still hold. */
  held: string[];
  /** NICs that are being given back. */
  unreleased: string[];
  choice: Choice | null;
  zos: AddressFacts | null;
  /** DNS servers that routers advertised on zos (RFC 8106). */
  advertisedDns: string[];
  reached: string | null;
  attempts: number;
  /** The NICs when they were last looked at; null when nobody has looked. */
  sighted: Sighting[] | null;
  /** A NIC arrived for which the round is given up: it is probed at once. */
  isWoken: boolean;
  failure: string | null;
}

export type InternetOutput = Pick<InternetContext, "choice" | "probes" | "zos" | "reached" | "failure"> & {
  outcome: "reached" | "reported" | "woken" | "failed";
};

/** NICs that are given back, and for what. */
interface Returned {
  nics: string[];
  becomes: Becomes;
}

type NicsObserved = { type: "nics.observed"; nics: SightedNic[] };
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
    events: {} as NicsObserved | ProbeReported | ProbeEnded | ProbeBroke | NicReleased | ReleaseFailed,
  },
  actors: {
    listNics: effect("listNics"),
    watchNics: watch<"watchNics", NicsObserved>("watchNics"),
    probe: probeMachine,
    releaseNic: effect("releaseNic"),
    ensureBridge: effect("ensureBridge"),
    ensureLeaseClient: effect("ensureLeaseClient"),
    restartLeaseClient: effect("restartLeaseClient"),
    awaitAddress: effect("awaitAddress"),
    ensureResolver: effect("ensureResolver"),
    reachTargets: effect("reachTargets"),
  },
  actions: {
    noteFailure: assign((_, { error }: { error: unknown }) => ({ failure: messageOf(error) })),
    countAttempt: assign(({ context }) => ({ attempts: context.attempts + 1 })),
    resetAttempts: assign({ attempts: 0 }),
    noteNics: assign((_, { nics }: { nics: SightedNic[] }) => ({
      sighted: nics.map(({ name, hasCarrier }) => ({ name, hasCarrier })),
    })),
    forgetNics: assign({ sighted: null }),
    noteNewcomers: assign(({ context }, { nics }: { nics: SightedNic[] }) => {
      const isKnown = ({ name }: Nic) => context.probes.some(({ nic }) => nic === name);
      const newcomers = nics.filter((nic) => !isKnown(nic) && !isListed(nic.name, context.settings.ignoreNics));
      return {
        nics: [...context.nics, ...newcomers],
        probes: [...context.probes, ...newcomers.map((nic) => unprobed(nic))],
      };
    }),
    startProbes: enqueueActions(({ context, enqueue }) => {
      for (const nic of context.nics.filter(({ name }) => !context.held.includes(name))) {
        enqueue.spawnChild("probe", {
          id: `probe.${nic.name}`,
          input: {
            nic,
            identity: context.identity,
            settings: context.settings,
            isReportOnly: context.isReportOnly,
          },
          syncSnapshot: true,
        });
      }
      enqueue.assign({ held: context.nics.map(({ name }) => name) });
    }),
    noteProbe: assign(({ context }, { facts }: { facts: ProbeFacts }) => ({
      probes: context.probes.map((probe) => (probe.nic === facts.nic ? facts : probe)),
    })),
    noteBrokenProbe: assign(({ context }, { actorId, error }: { actorId: string; error: unknown }) => ({
      probes: context.probes.map((probe) =>
        `probe.${probe.nic}` === actorId
          ? { ...probe, pending: [], errors: [...probe.errors, messageOf(error)], fault: messageOf(error) }
          : probe,
      ),
    })),
    choose: assign(({ context }) => {
      const { probes, isReportOnly } = context;
      const rules = rulesOf(context);
      const found = choose(probes, rules);
      const choice = isReportOnly ? withExit(found, probes, rules) : found;
      return { choice, failure: choice.uplink === null ? whyNoUplink(choice, probes, rules) : null };
    }),
    chooseExit: assign(({ context }) => ({
      choice: context.adopted === null ? withExit(chosen(context), context.probes, rulesOf(context)) : context.choice,
    })),
    giveBack: enqueueActions(({ context, enqueue }, { nics, becomes }: Returned) => {
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
    noteReleased: assign(({ context }, { actorId }: { actorId: string }) => ({
      unreleased: context.unreleased.filter((nic) => `release.${nic}` !== actorId),
    })),
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
    isArrival: ({ context }, { nics }: { nics: SightedNic[] }) =>
      arrivals(context.sighted, nics, context.settings.ignoreNics).length > 0,
    isReached: (_, { reached }: { reached: string | null }) => reached !== null,
  },
  delays: {
    stepBackoff: ({ context }) => fullJitterMs(context.attempts, timing.step, Math.random()),
    remoteBackoff: ({ context }) => fullJitterMs(context.attempts, timing.restart, Math.random()),
    probeTimeout: ({ context }) => context.settings.probeTimeoutMs,
    preferPrivate: ({ context }) => context.settings.preferPrivateMs,
    settleAnswers: ({ context }) => settleAnswersMs(context.probes, context.settings),
    settleProofs: ({ context }) => settleProofsMs(context.probes, context.settings),
    addressTimeout: timing.addressMs,
    exitTimeout: timing.exitTimeoutMs,
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
    failure: context.failure,
  }),
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
                assign(({ context, event }) => {
                  const { ignoreNics } = context.settings;
                  const nics = event.output.nics.filter((nic) => !isListed(nic.name, ignoreNics));
                  return {
                    nics,
                    otherLinks: event.output.otherLinks,
                    probes: event.output.nics.map((nic) => prospectOf(nic, ignoreNics)),
                  };
                }),
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
          description:
            "Probes report as they learn, NICs that arrive are probed too; decides as soon as waiting cannot change the choice.",
          invoke: {
            id: "watchNics",
            src: "watchNics",
            input: ({ context }) => ({ kinds: context.settings.nicKinds }),
            onError: { actions: { type: "noteFailure", params: ({ event }) => ({ error: event.error }) } },
          },
          on: {
            "nics.observed": {
              guard: "isBooting",
              actions: [{ type: "noteNewcomers", params: ({ event }) => ({ nics: event.nics }) }, "startProbes"],
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
      entry: ["choose", { type: "giveBack", params: ({ context }) => returnedFirst(context) }],
      always: [
        { guard: "isUplinkReleased", target: "bridge" },
        { guard: "isReported", target: "reported" },
        { guard: "isNothingFound", target: "failed" },
      ],
    },
    bridge: {
      description: "The bridge zos exists and the uplink is its port; NICs that lead nowhere are given back meanwhile.",
      entry: ["resetAttempts", { type: "giveBack", params: ({ context }) => returnedEarly(context) }],
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
            addressTimeout: [
              {
                guard: "isExhausted",
                target: "#internet.fallBack",
                actions: assign({ failure: "zos got no address and default route in time" }),
              },
              {
                target: "unwell",
                actions: ["countAttempt", assign({ failure: "zos got no address and default route in time" })],
              },
            ],
          },
        },
        unwell: {
          description: "The client runs without getting there: it is ended, and its supervisor starts it anew.",
          invoke: {
            id: "restartLeaseClient",
            src: "restartLeaseClient",
            input: { service: names.uplinkClient, iface: names.bridge, namespace: null },
            onDone: { target: "address" },
            onError: {
              target: "address",
              actions: { type: "noteFailure", params: ({ event }) => ({ error: event.error }) },
            },
          },
        },
        resolver: {
          description: "The node's resolv.conf names the DNS servers that the network gave.",
          invoke: {
            id: "ensureResolver",
            src: "ensureResolver",
            input: ({ context }) => ({ advertisedDns: advertisedDnsOf(context) }),
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
                target: "#internet.selectExit",
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
        resolver: {
          description: "A lease that came after zos was on the network may name the DNS servers that were missing.",
          invoke: {
            id: "renewResolver",
            src: "ensureResolver",
            input: ({ context }) => ({ advertisedDns: advertisedDnsOf(context) }),
            onDone: { target: "attempt" },
            onError: {
              target: "attempt",
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
          after: { stepBackoff: { target: "resolver", actions: "countAttempt" } },
        },
        outage: {
          description:
            "Gateways answer, but no NIC leads to any target: the fault is remote, so the network is kept and asked again later; in the end the next candidate is tried.",
          entry: "forgetNics",
          invoke: {
            id: "watchForNews",
            src: "watchNics",
            input: ({ context }) => ({ kinds: context.settings.nicKinds }),
            onError: { actions: { type: "noteFailure", params: ({ event }) => ({ error: event.error }) } },
          },
          on: {
            "nics.observed": [
              {
                guard: { type: "isArrival", params: ({ event }) => ({ nics: event.nics }) },
                target: "#internet.makeWay",
              },
              { actions: { type: "noteNics", params: ({ event }) => ({ nics: event.nics }) } },
            ],
          },
          always: { guard: "isOutageLong", target: "#internet.fallBack" },
          after: { remoteBackoff: { target: "resolver", actions: "countAttempt" } },
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
            { type: "giveBack", params: ({ context }) => returnedForExit(context) },
            { type: "giveBack", params: ({ context }) => ({ nics: context.held, becomes: "idle" }) },
          ],
          always: { guard: "isAllReleased", target: "#internet.reached" },
        },
      },
    },
    fallBack: {
      description: "The uplink failed: the next candidate takes its place once it is given back.",
      entry: {
        type: "giveBack",
        params: ({ context }) => returnedNext(context),
      },
      always: [
        { guard: "isNextReleased", target: "bridge", actions: "takeNext" },
        { guard: "isNothingLeft", target: "failed" },
      ],
    },
    makeWay: {
      description: "A NIC arrived while nothing leads to the Internet: all are given back, to be probed again at once.",
      entry: [
        assign({ isWoken: true }),
        { type: "giveBack", params: ({ context }) => ({ nics: context.held, becomes: "idle" }) },
      ],
      always: { guard: "isAllReleased", target: "woken" },
    },
    woken: {
      description: "This round is over; the next one begins at once, with the NIC that arrived.",
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

function outcomeOf({ reached, isReportOnly, isWoken, choice }: InternetContext): InternetOutput["outcome"] {
  if (isWoken) return "woken";
  if (reached !== null) return "reached";
  return isReportOnly && choice !== null ? "reported" : "failed";
}

/** What routers told on zos; when nothing was heard there, what they told the uplink's probe. */
function advertisedDnsOf(context: InternetContext): string[] {
  if (context.advertisedDns.length > 0) return context.advertisedDns;
  const { nic } = uplinkOf(context);
  const heard = context.probes.find((probe) => probe.nic === nic)?.advert?.dnsServers ?? [];
  return heard.map((address) => address.replace(/%.*$/, `%${names.bridge}`));
}

/** What the choice goes by and is explained with. */
function rulesOf({ settings, otherLinks }: InternetContext): Circumstances {
  return { ...settings, otherLinks };
}

function chosen({ choice }: InternetContext): Choice {
  if (choice === null) throw new Error("nothing is chosen yet");
  return choice;
}

function uplinkOf(context: InternetContext): Uplink {
  const { uplink } = chosen(context);
  if (uplink === null) throw new Error("there is no uplink");
  return uplink;
}

/** The uplink alone; all NICs when there is none, or nothing but a report is wanted. */
function returnedFirst({ isReportOnly, choice, held }: InternetContext): Returned {
  const uplink = isReportOnly ? null : (choice?.uplink ?? null);
  return uplink === null ? { nics: held, becomes: "idle" } : { nics: [uplink.nic], becomes: "uplink" };
}

/** The next candidate; all that are left when there is none. */
function returnedNext({ choice, held }: InternetContext): Returned {
  const [next] = choice?.others ?? [];
  return next === undefined ? { nics: held, becomes: "idle" } : { nics: [next.nic], becomes: "uplink" };
}

/** NICs of no more use: no candidates, and none of them the exit, once that is known. */
function returnedEarly({ adopted, choice, probes, settings, held }: InternetContext): Returned {
  if (adopted !== null || choice === null || !isExitKnown(choice, probes, settings))
    return { nics: [], becomes: "idle" };
  const { exit, others } = withExit(choice, probes, settings);
  const isOfUse = (nic: string) => nic === exit.exitNic || others.some((other) => other.nic === nic);
  return { nics: held.filter((nic) => !isOfUse(nic)), becomes: "idle" };
}

/** The exit NIC, which becomes the port of a bridge next. */
function returnedForExit({ choice }: InternetContext): Returned {
  return { nics: choice?.exit.exitNic == null ? [] : [choice.exit.exitNic], becomes: "ready" };
}

function isReleased({ held, unreleased }: InternetContext, nic: string): boolean {
  return !held.includes(nic) && !unreleased.includes(nic);
}

function isAllReleased({ held, unreleased }: InternetContext): boolean {
  return held.length === 0 && unreleased.length === 0;
}
