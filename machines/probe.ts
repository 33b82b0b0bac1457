import { assign, setup } from "xstate";
import type { Identity, Nic, ProbeFacts, Proof, Settings } from "../src/contract.ts";
import { fullJitterMs } from "../src/policy/backoff.ts";
import { triedServers } from "../src/policy/dhcp-guard.ts";
import { clientIdOf, clientIdOfMac } from "../src/policy/identity.ts";
import { probeNamespace } from "../src/policy/names.ts";
import { type Heard, unprobed, withHeard, withTaken } from "../src/policy/selection.ts";
import { goalsOf } from "../src/policy/target.ts";
import { maxAttempts, timing } from "../src/policy/timing.ts";
import { effect, type FactsOf } from "./actors.ts";
import { failureIn, outputIn } from "./events.ts";

/** What a probe begins with. */
export interface ProbeInput {
  nic: Nic;
  identity: Identity;
  settings: Settings;
  /** Nothing waits for this probe but a report, which shall not call a slow router missing. */
  isReportOnly: boolean;
}

/** All that a probe knows. */
export interface ProbeContext extends ProbeInput {
  facts: ProbeFacts;
  attempts: number;
  /** Attempts to solicit routers, which are made beside those of the DHCPv4 client. */
  solicits: number;
}

/**
 * Finds out what one NIC would get: carrier, DHCPv4 lease, router advertisement, and what its gateways are worth.
 * The namespace stays until whoever decides has it given back; the output is all that is known by then.
 */
export const probeMachine = setup({
  types: {
    context: {} as ProbeContext,
    input: {} as ProbeInput,
    output: {} as ProbeFacts,
  },
  actors: {
    awaitCarrier: effect("awaitCarrier"),
    isolateNic: effect("isolateNic"),
    requestLease: effect("requestLease"),
    requestLeaseByMac: effect("requestLease"),
    solicitRouter: effect("solicitRouter"),
    requestOtherLease: effect("requestLease"),
    requestFreeLease: effect("requestLease"),
    requestAnyLease: effect("requestLease"),
    findOwner: effect("findOwner"),
    shunServers: effect("shunServers"),
    hearAllServers: effect("shunServers"),
    proveGateway4: effect("proveEgress"),
    proveGateway6: effect("proveEgress"),
  },
  actions: {
    noteError: assign(({ context, event }) => ({
      facts: { ...context.facts, errors: [...context.facts.errors, failureIn(event)] },
    })),
    noteCarrier: assign(({ context, event }) => {
      const { carrierAtMs } = outputIn(event) as FactsOf<"awaitCarrier">;
      return { facts: { ...context.facts, carrierAtMs } };
    }),
    noteListening: assign(({ context, event }) => {
      const { listeningAtMs } = outputIn(event) as FactsOf<"isolateNic">;
      return { facts: { ...context.facts, listeningAtMs } };
    }),
    noteHeard: assign(({ context, event }) => ({ facts: withHeard(context.facts, outputIn(event) as Heard) })),
    noteKnownByMac: assign(({ context }) => ({ facts: { ...context.facts, knownBy: "mac" as const } })),
    noteAsking: assign(({ context }) => ({ facts: { ...context.facts, isAsking: true as const } })),
    noteAsked: assign(({ context }) => {
      const { isAsking: _, ...facts } = context.facts;
      return { facts };
    }),
    noteTaken: assign(({ context, event }) => {
      const { owner } = outputIn(event) as FactsOf<"findOwner">;
      return { facts: withTaken(context.facts, owner) };
    }),
    noteUnchecked: assign(({ context }) => {
      const { checksAddress: _, ...facts } = context.facts;
      return { facts };
    }),
    noteShunned: assign(({ context, event }) => {
      const { shunned } = outputIn(event) as FactsOf<"shunServers">;
      return { facts: { ...context.facts, shunned } };
    }),
    noteProof4: assign(({ context, event }) => ({ facts: { ...context.facts, proof4: outputIn(event) as Proof } })),
    noteProof6: assign(({ context, event }) => ({ facts: { ...context.facts, proof6: outputIn(event) as Proof } })),
    countAttempt: assign(({ context }) => ({ attempts: context.attempts + 1 })),
    resetAttempts: assign({ attempts: 0 }),
    countSolicit: assign(({ context }) => ({ solicits: context.solicits + 1 })),
    noteFault: assign(({ context }) => ({
      facts: { ...context.facts, fault: context.facts.errors.at(-1) ?? "unknown" },
    })),
    noteKnown4: assign(({ context }) => ({
      facts: { ...context.facts, pending: context.facts.pending.filter((family) => family !== "v4") },
    })),
    noteKnown6: assign(({ context }) => ({
      facts: { ...context.facts, pending: context.facts.pending.filter((family) => family !== "v6") },
    })),
    noteNothingPending: assign(({ context }) => ({ facts: { ...context.facts, pending: [] } })),
  },
  guards: {
    isExhausted: ({ context }) => context.attempts + 1 >= maxAttempts,
    isSolicitExhausted: ({ context }) => context.solicits + 1 >= maxAttempts,
    hasGateway4: ({ context }) => (context.facts.lease?.gateways.length ?? 0) > 0,
    hasNoGateway6: ({ context }) => (context.facts.advert?.routers.length ?? 0) === 0,
    isTaken: ({ context, event }) =>
      context.facts.taken === undefined && (outputIn(event) as FactsOf<"findOwner">).owner !== null,
    leadsOut: ({ event }) => (outputIn(event) as FactsOf<"proveEgress">).reached !== null,
    isOthersTurn: ({ event }) => (outputIn(event) as FactsOf<"shunServers">).shunned.length > 0,
    canResolve: ({ context: { facts } }) => !facts.pending.includes("v4") || dnsServersOf(facts).length > 0,
  },
  delays: {
    stepBackoff: ({ context }) => fullJitterMs(context.attempts, timing.stepBackoff, Math.random()),
    solicitBackoff: ({ context }) => fullJitterMs(context.solicits, timing.solicitBackoff, Math.random()),
    routerGrace: ({ context }) => (context.isReportOnly ? timing.reportGrace.ms : timing.routerGrace.ms),
    leaseGrace: timing.leaseGrace.ms,
    leaseSilence: timing.leaseSilence.ms,
    declineGrace: timing.declineGrace.ms,
  },
}).createMachine({
  id: "probe",
  description: "Finds out what one NIC would get, in a network namespace of its own.",
  context: ({ input }) => ({
    ...input,
    attempts: 0,
    solicits: 0,
    facts: unprobed(input.nic),
  }),
  output: ({ context }) => context.facts,
  initial: "carrier",
  states: {
    carrier: {
      description: "The NIC is switched on and waited for until its link is up.",
      entry: "resetAttempts",
      initial: "attempt",
      states: {
        attempt: {
          description: "Switches the NIC on and waits for carrier.",
          invoke: {
            id: "awaitCarrier",
            src: "awaitCarrier",
            input: ({ context }) => ({ nic: context.nic.name }),
            onDone: { target: "#probe.isolate", actions: "noteCarrier" },
            onError: { target: "retry", actions: "noteError" },
          },
        },
        retry: {
          description: "The NIC could not be switched on; tries again a bounded number of times.",
          always: { guard: "isExhausted", target: "#probe.known", actions: "noteFault" },
          after: { stepBackoff: { target: "attempt", actions: "countAttempt" } },
        },
      },
    },
    isolate: {
      description: "The NIC's traffic gets a network namespace of its own.",
      entry: "resetAttempts",
      initial: "attempt",
      states: {
        attempt: {
          description: "Creates the namespace and gives it the NIC, or a passthru macvlan of it.",
          invoke: {
            id: "isolateNic",
            src: "isolateNic",
            input: ({ context }) => ({ nic: context.nic.name, isolation: context.settings.isolation }),
            onDone: { target: "#probe.listen", actions: "noteListening" },
            onError: { target: "retry", actions: "noteError" },
          },
        },
        retry: {
          description: "The NIC could not be isolated; tries again a bounded number of times.",
          always: { guard: "isExhausted", target: "#probe.known", actions: "noteFault" },
          after: { stepBackoff: { target: "attempt", actions: "countAttempt" } },
        },
      },
    },
    listen: {
      description: "DHCPv4 and router advertisements are awaited side by side, and their gateways tried.",
      entry: "resetAttempts",
      type: "parallel",
      onDone: "known",
      states: {
        v4: {
          description: "The IPv4 side: a DHCPv4 lease, and what its gateway is worth.",
          initial: "request",
          states: {
            request: {
              description: "A DHCPv4 client with the node's stable identity asks for a lease.",
              invoke: {
                id: "requestLease",
                src: "requestLease",
                input: ({ context }) => ({
                  nic: context.nic.name,
                  clientId: clientIdOf(context.identity.duid, context.nic.mac),
                  hostname: context.identity.hostname,
                }),
                onDone: { target: "leased", actions: "noteHeard" },
                onError: { target: "retry", actions: "noteError" },
              },
              after: { leaseSilence: "requestByMac" },
            },
            requestByMac: {
              description: "Nobody answers: some servers know MAC addresses alone, so it asks as that, by turns.",
              invoke: {
                id: "requestLeaseByMac",
                src: "requestLeaseByMac",
                input: ({ context }) => ({
                  nic: context.nic.name,
                  clientId: clientIdOfMac(context.nic.mac),
                  hostname: context.identity.hostname,
                }),
                onDone: { target: "leased", actions: ["noteHeard", "noteKnownByMac"] },
                onError: { target: "retry", actions: "noteError" },
              },
              after: { leaseSilence: "request" },
            },
            retry: {
              description: "The DHCPv4 client failed; tries again a bounded number of times.",
              always: { guard: "isExhausted", target: "known", actions: "noteFault" },
              after: { stepBackoff: { target: "request", actions: "countAttempt" } },
            },
            leased: {
              description: "There is a lease; its gateways decide what follows.",
              always: [{ guard: "hasGateway4", target: "ask" }, { target: "known" }],
            },
            ask: {
              description: "Before the address is used: does another host answer ARP for it?",
              entry: "noteAsking",
              exit: "noteAsked",
              invoke: {
                id: "findOwner",
                src: "findOwner",
                input: ({ context: { nic, facts } }) => ({
                  namespace: probeNamespace(nic.name),
                  link: nic.name,
                  address: facts.lease?.address ?? "",
                }),
                onDone: [{ guard: "isTaken", target: "requestFree", actions: "noteTaken" }, { target: "prove" }],
                onError: { target: "prove", actions: "noteError" },
              },
            },
            prove: {
              description: "Does the IPv4 gateway answer ARP, and does a target accept a connection through it?",
              invoke: {
                id: "proveGateway4",
                src: "proveGateway4",
                input: ({ context }) => ({
                  nic: context.nic.name,
                  family: "v4",
                  gateways: context.facts.lease?.gateways ?? [],
                  dnsServers: dnsServersOf(context.facts),
                  goals: goalsOf(context.settings),
                }),
                onDone: [
                  { guard: "leadsOut", target: "known", actions: "noteProof4" },
                  { target: "doubt", actions: "noteProof4" },
                ],
                onError: { target: "known", actions: "noteError" },
              },
            },
            requestFree: {
              description:
                "Another host has the address: the client asks again, looks by itself, and declines what is in use.",
              invoke: {
                id: "requestFreeLease",
                src: "requestFreeLease",
                input: ({ context }) => clientOf(context),
                onDone: { target: "leased", actions: "noteHeard" },
                onError: { target: "requestAny", actions: ["noteError", "noteUnchecked"] },
              },
              after: { declineGrace: { target: "requestAny", actions: "noteUnchecked" } },
            },
            requestAny: {
              description:
                "Every address is answered for, as by a router that answers for all: what is offered is taken.",
              invoke: {
                id: "requestAnyLease",
                src: "requestAnyLease",
                input: ({ context }) => clientOf(context),
                onDone: { target: "leased", actions: "noteHeard" },
                onError: { target: "known", actions: "noteError" },
              },
              after: { leaseSilence: "known" },
            },
            doubt: {
              description: "Nothing was reached: the server is not heard any more if another one has offered a lease.",
              invoke: {
                id: "shunServers",
                src: "shunServers",
                input: ({ context: { nic, facts } }) => ({ nic: nic.name, servers: triedServers(facts) }),
                onDone: [
                  { guard: "isOthersTurn", target: "requestOther", actions: "noteShunned" },
                  { target: "known", actions: "noteShunned" },
                ],
                onError: { target: "known", actions: "noteError" },
              },
            },
            requestOther: {
              description: "The same client asks again, and hears the other servers alone.",
              invoke: {
                id: "requestOtherLease",
                src: "requestOtherLease",
                input: ({ context }) => clientOf(context),
                onDone: { target: "leased", actions: "noteHeard" },
                onError: { target: "hearAll", actions: "noteError" },
              },
              after: { leaseSilence: "hearAll" },
            },
            hearAll: {
              description: "The other servers are no better: whoever answers first is heard again.",
              invoke: {
                id: "hearAllServers",
                src: "hearAllServers",
                input: ({ context }) => ({ nic: context.nic.name, servers: [] }),
                onDone: { target: "known", actions: "noteShunned" },
                onError: { target: "known", actions: "noteError" },
              },
            },
            known: {
              description: "All that IPv4 gives here is known.",
              type: "final",
              entry: "noteKnown4",
            },
          },
        },
        v6: {
          description: "The IPv6 side: router advertisements, and what their router is worth.",
          initial: "solicit",
          states: {
            solicit: {
              description: "Routers are solicited until the kernel has a default route and an address.",
              invoke: {
                id: "solicitRouter",
                src: "solicitRouter",
                input: ({ context }) => ({ nic: context.nic.name }),
                onDone: { target: "advertised", actions: "noteHeard" },
                onError: { target: "retry", actions: "noteError" },
              },
              initial: "hopeful",
              states: {
                hopeful: {
                  description: "A router has the time that the standard gives it to answer.",
                  after: { routerGrace: "doubtful" },
                },
                doubtful: {
                  entry: assign(({ context }) => ({ facts: { ...context.facts, isRouterLate: true } })),
                  description: "No router has answered in time; waits on only while IPv4 has no gateway either.",
                  always: { guard: "hasGateway4", target: "#probe.listen.v6.known" },
                },
              },
            },
            retry: {
              description: "Soliciting failed; tries again a bounded number of times.",
              always: { guard: "isSolicitExhausted", target: "known", actions: "noteFault" },
              after: { solicitBackoff: { target: "solicit", actions: "countSolicit" } },
            },
            advertised: {
              description:
                "A router advertised itself; before it is tried, DHCPv4 gets some time to tell DNS servers if the router told none.",
              always: [
                { guard: "hasNoGateway6", target: "known" },
                { guard: "canResolve", target: "prove" },
              ],
              after: { leaseGrace: "prove" },
            },
            prove: {
              description:
                "Does the IPv6 router answer neighbour discovery, and does a target accept a connection through it?",
              invoke: {
                id: "proveGateway6",
                src: "proveGateway6",
                input: ({ context }) => ({
                  nic: context.nic.name,
                  family: "v6",
                  gateways: context.facts.advert?.routers ?? [],
                  dnsServers: dnsServersOf(context.facts),
                  goals: goalsOf(context.settings),
                }),
                onDone: { target: "known", actions: "noteProof6" },
                onError: { target: "known", actions: "noteError" },
              },
            },
            known: {
              description: "All that IPv6 gives here is known.",
              type: "final",
              entry: "noteKnown6",
            },
          },
        },
      },
    },
    known: {
      description: "All that this NIC can give is known.",
      type: "final",
      entry: "noteNothingPending",
    },
  },
});

/** The client that the server has answered; it looks whose an address is where one was somebody's. */
function clientOf({ nic, identity, facts }: ProbeContext) {
  return {
    nic: nic.name,
    clientId: facts.knownBy === "mac" ? clientIdOfMac(nic.mac) : clientIdOf(identity.duid, nic.mac),
    hostname: identity.hostname,
    ...(facts.checksAddress === undefined ? {} : { checksAddress: facts.checksAddress }),
  };
}

/** Both families ask the servers of both: a name has all of its addresses everywhere. */
function dnsServersOf({ lease, advert }: ProbeFacts): string[] {
  return [...(lease?.dnsServers ?? []), ...(advert?.dnsServers ?? [])];
}
