import type { EventObject } from "xstate";
import type { AddressFacts, ExitPlan, Goals, Identity, NodeFacts, Reach, Uplink } from "../src/contract.ts";
import type { Setting } from "../src/policy/amiss.ts";
import { isNodeCutOff, isRemoteOutage, isServing, withSince } from "../src/policy/egress.ts";
import { stoppedClients } from "../src/policy/lease-clients.ts";
import { isLanOther, type LanAccess, lanOf } from "../src/policy/lan-access.ts";
import { hasOneProvider, isCrowd, providersText } from "../src/policy/sourced-routes.ts";
import { goalsOf } from "../src/policy/target.ts";
import { hasIpv4, hasIpv6, type LossFound, lossesOf } from "../src/policy/losses.ts";
import { outputIn, settingsIn } from "./events.ts";
import type { OnlineOutput } from "./online-context.ts";

/** What the daemon stage begins with. */
export interface NetworkdInput {
  identity: Identity;
  uplink: Uplink;
  exit: ExitPlan;
  /** Another NIC led to the Internet too when it was last probed. */
  hasSpareUplink: boolean;
  /** Of which one must be reached for workloads to count as online. */
  goals: Goals;
  /** What of the node's surroundings network resources reach. */
  lan: LanAccess;
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
  /** What several providers gave when it was; empty for one. */
  providers: string;
  /** The IPv4 gateways when it was. */
  gateways4: string;
  /** Whether zos had IPv6 when it was; null before. */
  hadZosIpv6: boolean | null;
  /** What other NICs may give that the network in use does not: a way out at all, or one for workloads. */
  wants: "uplink" | "exit" | null;
  wasOnline: boolean;
  /** Whether workloads reach the Internet now. */
  isSettled: boolean;
  /** Mends since the node was last online for a while; drives the backoff. */
  mends: number;
  outcome: NetworkdOutput["outcome"];
  attempts: number;
  /** Failures of the watch in a row. */
  deafness: number;
  failure: string | null;
}

/** What was last found to be reached, and how things stood then. */
export type Tried = Pick<NetworkdContext, "reach" | "silent" | "providers" | "gateways4" | "hadZosIpv6" | "failure">;

/** What the daemon stage came to. */
export interface NetworkdOutput {
  /**
   * `uplinkLost`: its cable, NIC or address; `uplinkDead`: all is in its place, but its gateway is silent; `exitAlone`: so it is,
   * while workloads leave through another NIC.
   */
  outcome: "uplinkLost" | "uplinkDead" | "exitAlone" | "failed";
  wasOnline: boolean;
  failure: string | null;
}

/** The node was read, by a watch. */
export type NodeObserved = { type: "node.observed"; facts: NodeFacts };

/** The event by which a machine hears of the node. */
export function nodeObserved(facts: NodeFacts): NodeObserved {
  return { type: "node.observed", facts };
}

/** What a boot has set by now. */
export function settingOf(context: Pick<NetworkdContext, "identity" | "uplink" | "exit" | "lan">): Setting {
  const { identity, uplink, exit, lan } = context;
  return { identity, uplink, exit, lan };
}

/** Whether other settings take rules that are in place back. */
export function areRulesOther(event: EventObject, { lan }: Pick<NetworkdContext, "lan">): boolean {
  return isLanOther(lan, lanOf(settingsIn(event)));
}

/** What other settings take back of what is in place. */
export const otherRules: LossFound = { loss: "nat", why: "other rules are configured" };

/** The namespace that is wanted, which lets a NIC go that was its exit where another was chosen since. */
export function ndmzOf({ identity, exit, plan }: Pick<NetworkdContext, "identity" | "exit" | "plan">) {
  return { identity, exit, isForGood: exit.exitNic === plan.exitNic };
}

/** Where routers are solicited, and how eagerly: on zos too when its IPv6 is known to be gone. */
export function solicitingOf({ attempts, facts }: Pick<NetworkdContext, "attempts" | "facts">) {
  return { isUrgent: attempts === 0, isZosToo: facts !== null && !hasIpv6(facts.zos) };
}

/**
 * For whom all is to be forgotten that routers have advertised: those who have been without IPv6 for a while, though more than one
 * router or prefix promise it. What a stranger told who has gone lasts as long as he wished. The node has IPv4 meanwhile, or is left
 * as it is. It begins anew too where it alone has lost what workloads have of the same network.
 */
export function toBeginAnew({
  attempts,
  exit,
  facts,
  reach,
}: Pick<NetworkdContext, "attempts" | "exit" | "facts" | "reach">): (keyof Reach)[] {
  if (facts === null || reach === null) return [];
  const isMisled = (who: keyof Reach, heard: AddressFacts) => reach[who].v6.state === "fails" && !hasOneProvider(heard);
  const isPatient = attempts > 1 || isCrowd(facts.npub6.gateways6);
  return [
    ...(isMisled("workloads", facts.npub6) && isPatient ? (["workloads"] as const) : []),
    ...((isMisled("node", facts.zos) && hasIpv4(facts.zos)) || isZosBare({ exit, facts }) ? (["node"] as const) : []),
  ];
}

/** Whether zos has no IPv6, and npub6 has it by the same network. */
function isZosBare({ exit, facts }: { exit: ExitPlan; facts: NodeFacts }): boolean {
  return exit.exitNic === null && !hasIpv6(facts.zos) && hasIpv6(facts.npub6);
}

/** Whether a gateway answers that was silent when it was last tried what is reached. */
export function isAnsweredAgain({ silent, facts }: Pick<NetworkdContext, "silent" | "facts">): boolean {
  return facts !== null && silent.some((gateway) => !facts.silentGateways.includes(gateway));
}

/**
 * Whether a gateway fell silent, or answers again, or another lease names another one, or there is another provider, or the node
 * has lost its IPv6 or has it again, since it was last tried what is reached.
 */
export function hasGatewayNews(context: Omit<Tried, "reach" | "failure"> & Pick<NetworkdContext, "facts">): boolean {
  const { silent, providers, gateways4, hadZosIpv6, facts } = context;
  if (facts !== null && hadZosIpv6 !== null && hasIpv6(facts.zos) !== hadZosIpv6) return true;
  if (facts !== null && providersIn(facts) !== providers) return true;
  if (gateways4 !== "" && ![gateways4, ""].includes(gateways4In(facts))) return true;
  return isAnsweredAgain(context) || (facts?.silentGateways ?? []).some((gateway) => !silent.includes(gateway));
}

/** What several providers give; empty for one. */
export function providersIn(facts: NodeFacts | null): string {
  return facts === null ? "" : [facts.zos, facts.npub6].map(providersText).join(" ").trim();
}

/** The IPv4 gateways of node and workloads; empty unless both have some, for a lease that is late is waited for. */
export function gateways4In(facts: NodeFacts | null): string {
  const both = [facts?.zos.gateways4 ?? [], facts?.npub4.gateways4 ?? []];
  return both.some((gateways) => gateways.length === 0) ? "" : both.map((gateways) => gateways.join(" ")).join("; ");
}

/** Whether the NIC that was chosen as exit has its carrier again, while workloads leave through the uplink. */
export function isExitBack({ plan, exit, facts }: Pick<NetworkdContext, "plan" | "exit" | "facts">): boolean {
  return plan.exitNic !== null && exit.exitNic === null && (facts?.carriers.includes(plan.exitNic) ?? false);
}

/** Whether a DHCP client is content with a lease of no use, and asks anew only when it is restarted. */
export function isClientContent({ facts }: Pick<NetworkdContext, "facts">): boolean {
  return facts !== null && facts.idleClients.length > 0 && stoppedClients(facts).length === 0;
}

/** Whether the earliest step to go back to is that of ndmz, which ensures DHCP clients too that are not run. */
export function isNdmzOrClientLost({ losses, facts }: Pick<NetworkdContext, "losses" | "facts">): boolean {
  const loss = losses[0]?.loss;
  const isClientMissed = stoppedClients(facts).length > 0;
  return loss === "ndmz" || (isClientMissed && (loss === "ipv6" || loss === "lease"));
}

/** Whether the step to go back to is one before that of IPv6. */
export function hasEarlierLoss(context: NetworkdContext): boolean {
  const loss = context.losses[0]?.loss;
  return loss === "uplink" || loss === "exit" || isNdmzOrClientLost(context);
}

/** Whether what was read leads to a step before that of IPv6: something is lost, or the exit has its carrier again. */
export function isEarlierNews(event: EventObject, context: NetworkdContext): boolean {
  const now = { ...context, ...readBy(event, context) };
  return hasEarlierLoss(now) || (context.facts !== null && !isExitBack(context) && isExitBack(now));
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
export function reachedBy(event: EventObject, context: Pick<NetworkdContext, "facts" | "reach" | "exit">): Tried {
  const reach = withSince(outputIn(event) as Reach, context.reach);
  const { node, workloads } = reach;
  const why = isServing(reach) ? (node.v4.why ?? node.v6.why) : workloads.v6.why;
  return {
    reach,
    silent: context.facts?.silentGateways ?? [],
    providers: providersIn(context.facts),
    gateways4: gateways4In(context.facts),
    hadZosIpv6: context.facts === null ? node.v6.state !== "absent" : hasIpv6(context.facts.zos),
    failure: isWell(reach, context) ? null : why,
  };
}

/** What is missing when workloads do not have what they need: the node itself may be cut off too. */
export function wantedBy({ reach }: Pick<NetworkdContext, "reach">): NetworkdContext["wants"] {
  return reach !== null && isRemoteOutage(reach) ? "uplink" : "exit";
}

/** Whether the exit, a NIC of its own, is all that leads out: the uplink's gateway is silent. */
export function isExitAlone(found: Reach | null, { exit, facts }: Pick<NetworkdContext, "exit" | "facts">): boolean {
  return exit.exitNic !== null && found !== null && isNodeCutOff(found, facts?.silentGateways ?? []);
}

/** Whether nothing is left to be wished: workloads have what they need, and the node itself is not cut off. */
export function isWell(found: Reach, context: Pick<NetworkdContext, "exit" | "facts">): boolean {
  return isServing(found) && !isExitAlone(found, context);
}

/** Whether the uplink has the IPv6 that the exit, a NIC of its own, has not. */
export function isZosBetter({ exit, reach }: Pick<NetworkdContext, "exit" | "reach">): boolean {
  return exit.exitNic !== null && reach !== null && !isServing(reach) && reach.node.v6.state === "works";
}

/** Whether the exit, a NIC of its own, has got no IPv6 in the time that routers have, and the uplink has. */
export function isExitBarren({ exit, facts, wants }: Pick<NetworkdContext, "exit" | "facts" | "wants">): boolean {
  return exit.exitNic !== null && wants !== null && facts !== null && hasIpv6(facts.zos) && !hasIpv6(facts.npub6);
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
    providers: "",
    gateways4: "",
    hadZosIpv6: null,
    wants: null,
    wasOnline: false,
    isSettled: false,
    mends: 0,
    outcome: "failed",
    attempts: 0,
    deafness: 0,
    failure: null,
  };
}

/** What other settings change for the daemon stage. */
export function configuredBy(event: EventObject): Pick<NetworkdContext, "goals" | "lan"> {
  const settings = settingsIn(event);
  return { goals: goalsOf(settings), lan: lanOf(settings) };
}
