import type { Advert, Lease, Nic, OtherLink, ProbeFacts } from "../contract.ts";
import { classOf, gatewayClasses, type GatewayClass } from "./addresses.ts";
import { addressesOf } from "./network.ts";
import { timing } from "./timing.ts";

/** A NIC with at least one default gateway, and what counts when candidates are compared. */
export interface Candidate {
  nic: string;
  class: GatewayClass;
  hasEgress: boolean;
  gatewayAnswers: boolean;
}

/** Made when first needed: that takes as long as all else that a command like `status` loads. */
let naturalOrder: Intl.Collator | null = null;

/** Natural name order, code points breaking the remaining ties: eth2 before eth10, always the same. */
export function byName(a: string, b: string): number {
  naturalOrder ??= new Intl.Collator("en", { numeric: true });
  return naturalOrder.compare(a, b) || (a < b ? -1 : Number(a > b));
}

/** What an operator has to say about the choice. */
export interface ChoiceRules {
  /** The only NIC that may become the uplink; null leaves the choice free. */
  uplink: string | null;
  /** The NIC through which ndmz must leave; null leaves the choice free. */
  exit: string | null;
  /** Public gateways go before shared and private ones. */
  preferPublic: boolean;
  /** NICs that are not even probed; a trailing `*` stands for any ending. */
  ignoreNics: string[];
}

/** The rules, and what else explains why a NIC was or was not taken. */
export interface Circumstances extends ChoiceRules {
  /** Links that are no NICs. */
  otherLinks?: readonly OtherLink[];
}

/** Nobody has said anything about the choice. */
export const freeChoice: ChoiceRules = { uplink: null, exit: null, preferPublic: false, ignoreNics: [] };

/** The classes of gateways, best first. */
function orderOf({ preferPublic }: ChoiceRules): readonly GatewayClass[] {
  return preferPublic ? ["public4", "public6", "shared", "private"] : gatewayClasses;
}

/** Whether a NIC's name is in a list of names, in which a trailing `*` stands for any ending. */
export function isListed(nic: string, list: readonly string[]): boolean {
  return list.some((each) => (each.endsWith("*") ? nic.startsWith(each.slice(0, -1)) : nic === each));
}

/** What is known of a NIC before its probe has started; of one that is ignored there is nothing more to learn. */
export function prospectOf(nic: Nic, ignoreNics: readonly string[]): ProbeFacts {
  return isListed(nic.name, ignoreNics) ? { ...unprobed(nic), pending: [] } : unprobed(nic);
}

/** What is known of a NIC when its probe starts. */
export function unprobed({ name, mac, mtuBytes }: Nic): ProbeFacts {
  return {
    nic: name,
    mac,
    mtuBytes,
    carrierAtMs: null,
    listeningAtMs: null,
    gatewayAtMs: null,
    lease: null,
    advert: null,
    proof4: null,
    proof6: null,
    pending: ["v4", "v6"],
    isRouterLate: false,
    errors: [],
    fault: null,
  };
}

/** What is known of a NIC whose probe broke: nothing more than before, and that the fault is ours. */
export function brokenProbe(facts: ProbeFacts, failure: string): ProbeFacts {
  return { ...facts, pending: [], errors: [...facts.errors, failure], fault: failure };
}

/** What a NIC's network was heard to give: a lease, or what its routers advertised; and when that was. */
export type Heard = ({ lease: Lease } | { advert: Advert | null }) & { heardAtMs: number };

/** The facts with what was heard; the first default gateway of either family tells since when one is known. */
export function withHeard(facts: ProbeFacts, { heardAtMs, ...heard }: Heard): ProbeFacts {
  const known = { ...facts, ...heard };
  const { gateways4, gateways6 } = addressesOf(known);
  const hasGateway = gateways4.length + gateways6.length > 0;
  return hasGateway ? { ...known, gatewayAtMs: known.gatewayAtMs ?? heardAtMs } : known;
}

/** The facts without a lease whose address another host has: DHCP clients look for such hosts from now on. */
export function withTaken(facts: ProbeFacts, owner: string | null): ProbeFacts {
  const { lease, taken = [] } = facts;
  if (lease === null || owner === null) return facts;
  const known = { ...facts, lease: null, proof4: null, taken: [...taken, { address: lease.address, mac: owner }] };
  const hasGateway = addressesOf(known).gateways6.length > 0;
  return { ...known, checksAddress: true, gatewayAtMs: hasGateway ? facts.gatewayAtMs : null };
}

/** The candidate that these facts make of a NIC, or null when it has no default gateway. */
export function candidateOf(facts: ProbeFacts, rules: ChoiceRules = freeChoice): Candidate | null {
  const best = classOf(addressesOf(facts), orderOf(rules));
  if (best === null || (rules.uplink !== null && rules.uplink !== facts.nic)) return null;
  const proofs = [facts.proof4, facts.proof6].filter((proof) => proof !== null);
  return {
    nic: facts.nic,
    class: best,
    hasEgress: facts.isAsking !== true && proofs.some((proof) => proof.reached !== null),
    gatewayAnswers: proofs.some((proof) => proof.gatewayAnswers),
  };
}

/** Sort order of candidates, best first: egress proven, gateway answers, class, natural name order. */
export function compareCandidates(a: Candidate, b: Candidate, rules: ChoiceRules = freeChoice): number {
  const order = orderOf(rules);
  return (
    Number(b.hasEgress) - Number(a.hasEgress) ||
    Number(b.gatewayAnswers) - Number(a.gatewayAnswers) ||
    order.indexOf(a.class) - order.indexOf(b.class) ||
    byName(a.nic, b.nic)
  );
}

/** All candidates among these NICs, best first. */
export function rankCandidates(all: ProbeFacts[], rules: ChoiceRules = freeChoice): Candidate[] {
  return all
    .map((facts) => candidateOf(facts, rules))
    .filter((candidate) => candidate !== null)
    .toSorted((a, b) => compareCandidates(a, b, rules));
}

/**
 * Whether no other NIC can become the uplink any more: the best one has proven egress, and each unfinished one would be
 * ranked behind it whatever it still finds. NICs without carrier do not count once there is a candidate.
 */
export function isUplinkCertain(all: ProbeFacts[], rules: ChoiceRules = freeChoice): boolean {
  const [best] = rankCandidates(all, rules);
  if (best === undefined) return eligible(all, rules).every((facts) => facts.pending.length === 0);
  return (best.hasEgress || isFinished(best, all)) && rivalsOf(best, all, rules).length === 0;
}

function eligible(all: ProbeFacts[], { uplink }: ChoiceRules): ProbeFacts[] {
  return all.filter(({ nic }) => uplink === null || uplink === nic);
}

/** The NICs with carrier that may still be ranked before the best. */
function rivalsOf(best: Candidate, all: ProbeFacts[], rules: ChoiceRules): ProbeFacts[] {
  return eligible(all, rules)
    .filter((facts) => facts.nic !== best.nic && facts.pending.length > 0 && facts.carrierAtMs !== null)
    .filter((facts) => compareCandidates(best, hopeOf(facts, rules), rules) > 0);
}

/** Whether another NIC than the uplink was proven to lead to the Internet. */
export function hasSpare(all: readonly ProbeFacts[], uplink: string): boolean {
  return all.some(({ nic, proof4, proof6 }) => nic !== uplink && (proof4?.reached ?? proof6?.reached) != null);
}

/** Whether nothing that unfinished probes may still learn could change the uplink or the reason for it. */
export function isChoiceCertain(all: ProbeFacts[], rules: ChoiceRules = freeChoice): boolean {
  const [best] = rankCandidates(all, rules);
  const isSettled = best === undefined || best.class === orderOf(rules)[0] || isFinished(best, all);
  return isSettled && isUplinkCertain(all, rules);
}

/** Whether all NICs are known well enough for a report: those without carrier count only while nothing else was found. */
export function isReportComplete(all: ProbeFacts[]): boolean {
  const hasCandidate = rankCandidates(all).length > 0;
  return all.every(({ pending, carrierAtMs }) => pending.length === 0 || (hasCandidate && carrierAtMs === null));
}

/** Whether a NIC of the best class has proven egress, so that only NICs as good as it are worth a wait. */
export function hasProvenBest(all: ProbeFacts[], rules: ChoiceRules = freeChoice): boolean {
  return rankCandidates(all, rules).some((candidate) => candidate.class === orderOf(rules)[0] && candidate.hasEgress);
}

/** Whether some NIC has proven egress. */
export function hasProvenCandidate(all: ProbeFacts[], rules: ChoiceRules = freeChoice): boolean {
  return rankCandidates(all, rules).some((candidate) => candidate.hasEgress);
}

/** How long the best NIC listened until it knew a gateway, and how long that needed to prove itself; null without proof. */
function paceOf(all: ProbeFacts[], rules: ChoiceRules) {
  const [best] = rankCandidates(all, rules);
  const facts = all.find((each) => each.nic === best?.nic);
  const provenAtMs = [facts?.proof4, facts?.proof6].flatMap((proof) =>
    proof?.reached == null ? [] : [proof.provenAtMs],
  );
  if (best === undefined || facts?.listeningAtMs == null || provenAtMs.length === 0) return null;
  const provenFirstMs = Math.min(...provenAtMs);
  const answerMs = (facts.gatewayAtMs ?? provenFirstMs) - facts.listeningAtMs;
  return { best, answerMs, proofMs: provenFirstMs - facts.listeningAtMs - answerMs, provenAtMs: provenFirstMs };
}

/**
 * How much longer to wait for a gateway of NICs as good as the best, at the moment of its proof: from when each has begun
 * to listen, twice the time that the best NIC needed to know of its gateway. One with carrier begins by now.
 */
export function settleAnswersMs(all: ProbeFacts[], rules: ChoiceRules = freeChoice): number {
  const pace = paceOf(all, rules);
  if (pace === null) return timing.settleAnswers.minMs;
  const listeningAtMs = rivalsOf(pace.best, all, rules).map((facts) => facts.listeningAtMs ?? pace.provenAtMs);
  return within(timing.settleAnswers, Math.max(0, ...listeningAtMs) + 2 * pace.answerMs - pace.provenAtMs);
}

/** How long to wait for the proof of rivals that know a gateway by now: as long as the best NIC needed for its own. */
export function settleProofsMs(all: ProbeFacts[], rules: ChoiceRules = freeChoice): number {
  return within(timing.settleProofs, paceOf(all, rules)?.proofMs ?? 0);
}

function within({ minMs, maxMs }: { minMs: number; maxMs: number }, ms: number): number {
  return Math.min(maxMs, Math.max(minMs, ms));
}

/** Whether a NIC that may still be ranked before the best knows a gateway, so that its proof is worth a wait. */
export function hasAnsweredRival(all: ProbeFacts[], rules: ChoiceRules = freeChoice): boolean {
  const [best] = rankCandidates(all, rules);
  return best !== undefined && rivalsOf(best, all, rules).some((facts) => facts.gatewayAtMs !== null);
}

function isFinished(candidate: Candidate, all: ProbeFacts[]): boolean {
  return all.find((facts) => facts.nic === candidate.nic)?.pending.length === 0;
}

/** The best that an unfinished probe can still come to. */
function hopeOf(facts: ProbeFacts, rules: ChoiceRules): Candidate {
  return { nic: facts.nic, class: orderOf(rules)[0] ?? "private", hasEgress: true, gatewayAnswers: true };
}
