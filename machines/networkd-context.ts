import type { EventObject } from "xstate";
import type { ExitPlan, Identity, NodeFacts, Reach, Setting, Uplink } from "../src/contract.ts";
import { noAddresses } from "../src/policy/addresses.ts";
import type { Sighting } from "../src/policy/arrivals.ts";
import { hasIpv6, type LossFound } from "../src/policy/losses.ts";
import { outputIn } from "./events.ts";

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

/** What a boot has set by now. */
export function settingOf({ identity, uplink, exit }: NetworkdContext): Setting {
  return { identity, uplink, exit };
}

/** Whether the NIC that was chosen as exit has its carrier again, while workloads leave through the uplink. */
export function isExitBack({ plan, exit, facts }: NetworkdContext): boolean {
  return plan.exitNic !== null && exit.exitNic === null && (facts?.carriers.includes(plan.exitNic) ?? false);
}

/** Whether the NIC that is lost is the only way, so that a flap of it is better borne than mended. */
export function isFlapBorne({ losses, hasSpareUplink, exit, facts }: NetworkdContext): boolean {
  const [first] = losses;
  if (first?.loss === "uplink") return !hasSpareUplink && exit.exitNic === null;
  return first?.loss === "exit" && !hasIpv6(facts?.zos ?? noAddresses);
}

/** What was read of the node, by an effect or a watch. */
export function factsIn(event: EventObject): NodeFacts {
  return event.type === "node.observed" ? (event as NodeObserved).facts : (outputIn(event) as NodeFacts);
}
