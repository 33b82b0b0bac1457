import type { ErrorActorEvent, EventObject } from "xstate";
import { BootError } from "../src/errors.ts";
import { names } from "../src/policy/names.ts";
import { globalNetworks, networkOf64, type Reachability, unanswered } from "../src/policy/vantage.ts";
import type { InterfacesObserved } from "./enroll-context.ts";
import { failureIn } from "./events.ts";

/** Where a trial takes place, as a 0-db would stand there. */
export interface Exit {
  /** What workloads leave through. */
  bridge: string;
  mac: string;
}

/** What finding out begins with. */
export interface ReachabilityInput {
  /** Of which each attempt asks the next; none: nobody is asked. */
  vantages: string[];
}

/** All that is known of whether the Internet reaches the node. */
export interface ReachabilityContext extends ReachabilityInput {
  /** Which of the vantages is asked. */
  turn: number;
  /** Null while workloads do not reach the Internet: what is not settled is not tried. */
  exit: Exit | null;
  /** The /64s of npub6; null when nobody has looked. */
  networks: string[] | null;
  /** What counts until something else is found; null before anything is, and when the network is another one. */
  finding: Reachability | null;
  attempts: number;
  /** How long the vantage asks to be left alone, in milliseconds. */
  waitMs: number;
  failure: string | null;
}

/** What workloads leave through is so, or is not any more. */
export type ExitSettled = { type: "exit.settled"; exit: Exit | null };
/** The configuration that counts from now on. */
export type VantagesConfigured = { type: "vantages.configured"; vantages: string[] };

/** What is known at the beginning. */
export function contextOf({ vantages }: ReachabilityInput): ReachabilityContext {
  return { vantages, turn: 0, exit: null, networks: null, finding: null, attempts: 0, waitMs: 0, failure: null };
}

/** What is tried now. */
export function trialOf({ vantages, turn, exit }: ReachabilityContext): { vantage: string } & Exit {
  const vantage = vantages[turn % vantages.length];
  if (vantage === undefined || exit === null) throw new Error("nothing can be tried");
  return { vantage, ...exit };
}

/** The /64s that npub6 has now. */
export function networksIn(event: EventObject): string[] {
  const { interfaces } = event as InterfacesObserved;
  return globalNetworks(interfaces.find(({ name }) => name === names.npub6)?.ips ?? []);
}

/** Other networks, with what was found only where that was of one of them. */
export function movedTo(
  networks: string[],
  { finding }: Pick<ReachabilityContext, "finding">,
): Pick<ReachabilityContext, "networks" | "attempts" | "finding"> {
  const address = finding?.address ?? null;
  const isSame = address !== null && networks.includes(networkOf64(address));
  return { networks, attempts: 0, finding: isSame ? finding : null };
}

/** What is to be known of an attempt that failed. */
export function failedBy(
  event: EventObject,
  { finding, exit }: Pick<ReachabilityContext, "finding" | "exit">,
  at: string,
): Pick<ReachabilityContext, "failure" | "waitMs" | "finding"> {
  const { error } = event as ErrorActorEvent;
  const waitMs = error instanceof BootError ? (error.retryAfterMs ?? 0) : 0;
  const failure = failureIn(event);
  return { failure, waitMs, finding: exit === null ? finding : unanswered(finding, failure, at) };
}
