import type { EventObject } from "xstate";
import type { ExitPlan, Identity, NodeFacts, Reach, Setting, Uplink } from "../src/contract.ts";
import type { Sighting } from "../src/policy/arrivals.ts";
import { isRemoteOutage, isServing, withSince } from "../src/policy/egress.ts";
import { type LossFound, lossesOf } from "../src/policy/losses.ts";
import { outputIn, settingsIn } from "./events.ts";
import type { OnlineOutput } from "./online-context.ts";

/** What the daemon stage begins with. */
export interface NetworkdInput {
  identity: Identity;
  uplink: Uplink;
  exit: ExitPlan;
  /** Another NIC led to the Internet too when it was last probed. */
  hasSpareUplink: boolean;
  /** Kinds of links that count as NICs. */
  nicKinds: string[];
  /** `host:port` of which one must accept a connection for workloads to count as online. */
  targets: string[];
  /** DNS servers that routers advertised on zos (RFC 8106). */
  advertisedDns: string[];
}

/** All that the daemon stage knows. */
export interface NetworkdContext extends NetworkdInput {
  /** The exit that was chosen; `exit` is the one in use, which may be the uplink instead. */
  plan: ExitPlan;
  /** The latest reading of the node; null before ndmz was first complete. */
  facts: NodeFacts | null;
  losses: LossFound[];
  /** What cannot be mended here, and is waited for. */
  borne: LossFound[];
  /** What was last found to be reached; null before anybody tried. */
  reach: Reach | null;
  /** Gateways that were silent when it was. */
  silent: string[];
  wasOnline: boolean;
  /** Mends since the node was last online for a while; drives the backoff. */
  mends: number;
  outcome: NetworkdOutput["outcome"];
  attempts: number;
  /** The NICs when they were last looked at; null when nobody has looked. */
  sighted: Sighting[] | null;
  /** Failures of the watch in a row. */
  deafness: number;
  failure: string | null;
}

/** What the daemon stage came to. */
export interface NetworkdOutput {
  /** `uplinkLost`: its cable, NIC or address; `uplinkDead`: all is in its place, but its gateway is silent. */
  outcome: "uplinkLost" | "uplinkDead" | "failed";
  wasOnline: boolean;
  failure: string | null;
}

/** resolv.conf is as the lease has it. */
export type ResolverKept = { type: "resolver.kept" };
/** The node was read, by a watch. */
export type NodeObserved = { type: "node.observed"; facts: NodeFacts };

/** The event by which a machine hears of the node. */
export function nodeObserved(facts: NodeFacts): NodeObserved {
  return { type: "node.observed", facts };
}

/** What a boot has set by now. */
export function settingOf({ identity, uplink, exit }: Pick<NetworkdContext, "identity" | "uplink" | "exit">): Setting {
  return { identity, uplink, exit };
}

/** Whether the NIC that was chosen as exit has its carrier again, while workloads leave through the uplink. */
export function isExitBack({ plan, exit, facts }: Pick<NetworkdContext, "plan" | "exit" | "facts">): boolean {
  return plan.exitNic !== null && exit.exitNic === null && (facts?.carriers.includes(plan.exitNic) ?? false);
}

/** Whether the earliest step to go back to is that of ndmz, which ensures DHCP clients too that are not run. */
export function isNdmzOrClientLost({ losses, facts }: Pick<NetworkdContext, "losses" | "facts">): boolean {
  const loss = losses[0]?.loss;
  const isClientMissed = (facts?.idleClients ?? []).length > 0;
  return loss === "ndmz" || (isClientMissed && (loss === "ipv6" || loss === "lease"));
}

/** What was read of the node, by an effect or a watch, and what of that is amiss. */
export function readBy(
  event: EventObject,
  { uplink, failure }: Pick<NetworkdContext, "uplink" | "failure">,
): Pick<NetworkdContext, "facts" | "losses" | "failure"> {
  const facts = event.type === "node.observed" ? (event as NodeObserved).facts : (outputIn(event) as NodeFacts);
  const losses = lossesOf(facts, uplink.families);
  return { facts, losses, failure: losses[0]?.why ?? failure };
}

/** What a trial of connections found, and the gateways that were silent then. */
export function reachedBy(
  event: EventObject,
  context: Pick<NetworkdContext, "facts" | "reach">,
): Pick<NetworkdContext, "reach" | "silent" | "failure"> {
  const reach = withSince(outputIn(event) as Reach, context.reach);
  return {
    reach,
    silent: context.facts?.silentGateways ?? [],
    failure: isServing(reach) ? null : reach.workloads.v6.why,
  };
}

/** Whether nothing leads out by the uplink, whose gateway is silent, and another NIC did. */
export function isZosDead({ hasSpareUplink, reach, silent }: NetworkdContext): boolean {
  return hasSpareUplink && reach !== null && isRemoteOutage(reach) && silent.length > 0;
}

/** Whether what is lost, and is not the uplink, was mended many times before. */
export function isLostOften({ outcome, found }: OnlineOutput, isOften: boolean): boolean {
  return outcome === "lost" && found.losses[0]?.loss !== "uplink" && isOften;
}

/** What is known when the daemon stage begins. */
export function contextOf(input: NetworkdInput): NetworkdContext {
  return {
    ...input,
    plan: input.exit,
    facts: null,
    losses: [],
    borne: [],
    reach: null,
    silent: [],
    wasOnline: false,
    mends: 0,
    outcome: "failed",
    attempts: 0,
    sighted: null,
    deafness: 0,
    failure: null,
  };
}

/** What other settings change for the daemon stage. */
export function configuredBy(event: EventObject): Pick<NetworkdContext, "nicKinds" | "targets"> {
  const { nicKinds, reachTargets } = settingsIn(event);
  return { nicKinds, targets: reachTargets };
}
