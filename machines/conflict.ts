import { assign, type EventObject, setup } from "xstate";
import { fullJitterMs } from "../src/policy/backoff.ts";
import { timing } from "../src/policy/timing.ts";
import { effect, type FactsOf, type TidingsOf, watch } from "./actors.ts";
import { failureIn, outputIn } from "./events.ts";

/** Whose addresses are looked after. */
export interface ConflictInput {
  service: string;
  namespace: string | null;
  link: string;
  /** The first address was asked about before, by the probe of its NIC. */
  isFirstKnown: boolean;
}

/** All that is known of one DHCP client's addresses. */
export interface ConflictContext extends ConflictInput {
  /** Of its lease; null while it has none. */
  address: string | null;
  /** The one that was last asked about. */
  asked: string | null;
  /** Whether the client looks by itself whether an address is somebody's, and declines it. */
  isChecking: boolean;
  /** Every address was answered for: what the server gives is taken as it is. */
  isResigned: boolean;
  /** Failures of the watch in a row; drives the backoff. */
  restarts: number;
  failure: string | null;
}

/** The client tells of its lease. */
export type LeaseObserved = { type: "lease.observed" } & TidingsOf<"watchLease">;

/** Sees to it that no address is used that another host has, for as long as a DHCP client gets leases (RFC 2131 section 4.4.1). */
export const conflictMachine = setup({
  types: {
    context: {} as ConflictContext,
    input: {} as ConflictInput,
    events: {} as LeaseObserved,
  },
  actors: {
    watchLease: watch("watchLease", (lease): LeaseObserved => ({ type: "lease.observed", ...lease })),
    findOwner: effect("findOwner"),
    checkAddresses: effect("checkAddresses"),
  },
  actions: {
    noteFailure: assign(({ event }) => ({ failure: failureIn(event) })),
    noteDeafness: assign(({ context, event }) => ({ restarts: context.restarts + 1, failure: failureIn(event) })),
    forgetFailures: assign({ restarts: 0, failure: null }),
    noteLease: assign(({ context, event }) => leasedBy(event, context)),
    noteAsked: assign(({ context }) => ({ asked: context.address })),
    noteChecking: assign({ address: null, asked: null, isChecking: true }),
    noteResigned: assign({ address: null, isChecking: false, isResigned: true }),
  },
  guards: {
    isUnasked: ({ context: { address, asked, isResigned } }) => address !== null && address !== asked && !isResigned,
    isWithout: ({ context: { address, isChecking } }) => address === null && isChecking,
    isLeased: ({ context }) => context.address !== null,
    isTaken: ({ context: { address, asked, isChecking }, event }) =>
      (outputIn(event) as FactsOf<"findOwner">).owner !== null && address === asked && !isChecking,
  },
  delays: {
    declineGrace: timing.declineGrace.ms,
    restartBackoff: ({ context }) => fullJitterMs(context.restarts - 1, timing.restartBackoff, Math.random()),
    steady: timing.steady.ms,
  },
}).createMachine({
  id: "conflict",
  description: "Sees to it that a DHCP client uses no address that another host of its network has.",
  context: ({ input }) => ({
    ...input,
    address: null,
    asked: null,
    isChecking: false,
    isResigned: false,
    restarts: 0,
    failure: null,
  }),
  initial: "watching",
  states: {
    watching: {
      description: "The client tells of each lease.",
      invoke: {
        id: "watchLease",
        src: "watchLease",
        input: ({ context: { service } }) => ({ service }),
        onError: { target: "deaf", actions: "noteDeafness" },
      },
      on: { "lease.observed": { actions: "noteLease" } },
      after: { steady: { actions: "forgetFailures" } },
      initial: "settled",
      states: {
        settled: {
          description: "Nothing is to be asked.",
          always: [
            { guard: "isUnasked", target: "asking" },
            { guard: "isWithout", target: "declining" },
          ],
        },
        asking: {
          description: "Does another host answer ARP for the address?",
          entry: "noteAsked",
          invoke: {
            id: "findOwner",
            src: "findOwner",
            input: ({ context: { namespace, link, address } }) => ({ namespace, link, address: address ?? "" }),
            onDone: [{ guard: "isTaken", target: "requesting" }, { target: "settled" }],
            onError: { target: "settled", actions: "noteFailure" },
          },
        },
        requesting: {
          description: "One does: the client asks anew, looks by itself, and declines what is in use.",
          invoke: {
            id: "decline",
            src: "checkAddresses",
            input: ({ context: { service } }) => ({ service, isChecking: true }),
            onDone: { target: "settled", actions: "noteChecking" },
            onError: { target: "settled", actions: "noteFailure" },
          },
        },
        declining: {
          description: "A client that looks has no address yet: it has time to decline what is in use.",
          always: { guard: "isLeased", target: "settled" },
          after: { declineGrace: "resigning" },
        },
        resigning: {
          description: "Every address is answered for, as by a router that answers for all: what is offered is taken.",
          invoke: {
            id: "resign",
            src: "checkAddresses",
            input: ({ context: { service } }) => ({ service, isChecking: false }),
            onDone: { target: "settled", actions: "noteResigned" },
            onError: { target: "settled", actions: "noteFailure" },
          },
        },
      },
    },
    deaf: {
      description: "The client is not heard any more, which is said: it begins anew, ever less often.",
      after: { restartBackoff: "watching" },
    },
  },
});

function leasedBy(
  event: EventObject,
  { asked, isFirstKnown }: ConflictContext,
): Pick<ConflictContext, "address" | "isChecking" | "asked" | "isFirstKnown"> {
  const { address, isChecking } = event as LeaseObserved;
  const isKnown = isFirstKnown && address !== null;
  return { address, isChecking, asked: isKnown ? address : asked, isFirstKnown: isFirstKnown && !isKnown };
}
