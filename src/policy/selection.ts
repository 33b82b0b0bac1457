import type { Adopted, Choice, ExitPlan, Family, Nic, NicVerdict, ProbeFacts, Uplink } from "../contract.ts";
import { classOf, gatewayClasses, type GatewayClass, isGlobalIpv6 } from "./addresses.ts";
import { verdictOf } from "./explain.ts";
import { names } from "./names.ts";
import { timing } from "./timing.ts";

/** A NIC with at least one default gateway, and what counts when candidates are compared. */
export interface Candidate {
  nic: string;
  class: GatewayClass;
  hasEgress: boolean;
  gatewayAnswers: boolean;
}

const naturalOrder = new Intl.Collator("en", { numeric: true });

/** Natural name order, code points breaking the remaining ties: eth2 before eth10, always the same. */
export function byName(a: string, b: string): number {
  return naturalOrder.compare(a, b) || (a < b ? -1 : Number(a > b));
}

/** What is known of a NIC before its probe has started. */
export function unprobed({ name, mac, mtuBytes }: Nic): ProbeFacts {
  return {
    nic: name,
    mac,
    mtuBytes,
    carrierAtMs: null,
    lease: null,
    advert: null,
    proof4: null,
    proof6: null,
    pending: ["v4", "v6"],
    errors: [],
  };
}

/** The candidate that these facts make of a NIC, or null when it has no default gateway. */
export function candidateOf(facts: ProbeFacts): Candidate | null {
  const best = classOf(facts.lease, facts.advert);
  if (best === null) return null;
  const proofs = [facts.proof4, facts.proof6].filter((proof) => proof !== null);
  return {
    nic: facts.nic,
    class: best,
    hasEgress: proofs.some((proof) => proof.reached !== null),
    gatewayAnswers: proofs.some((proof) => proof.gatewayAnswers),
  };
}

/** Sort order of candidates, best first: egress proven, gateway answers, class, natural name order. */
export function compareCandidates(a: Candidate, b: Candidate): number {
  return (
    Number(b.hasEgress) - Number(a.hasEgress) ||
    Number(b.gatewayAnswers) - Number(a.gatewayAnswers) ||
    gatewayClasses.indexOf(a.class) - gatewayClasses.indexOf(b.class) ||
    byName(a.nic, b.nic)
  );
}

/** All candidates among these NICs, best first. */
export function rankCandidates(all: ProbeFacts[]): Candidate[] {
  return all
    .map(candidateOf)
    .filter((candidate) => candidate !== null)
    .toSorted(compareCandidates);
}

/**
 * Whether no other NIC can become the uplink any more: the best one has proven egress, and each unfinished one would be
 * ranked behind it whatever it still finds. NICs without carrier do not count once there is a candidate.
 */
export function isUplinkCertain(all: ProbeFacts[]): boolean {
  const [best] = rankCandidates(all);
  const unfinished = all.filter((facts) => facts.pending.length > 0);
  if (best === undefined) return unfinished.length === 0;
  const rivals = unfinished.filter((facts) => facts.nic !== best.nic && facts.carrierAtMs !== null);
  return (
    (best.hasEgress || isFinished(best, all)) && rivals.every((facts) => compareCandidates(best, hopeOf(facts)) < 0)
  );
}

/** Whether nothing that unfinished probes may still learn could change the choice or its reason. */
export function isChoiceCertain(all: ProbeFacts[]): boolean {
  const [best] = rankCandidates(all);
  const isSettled = best === undefined || best.class === "private" || isFinished(best, all);
  return isSettled && isUplinkCertain(all);
}

/** Whether some NIC has a private gateway and proven egress, so that only NICs as good as it are worth a wait. */
export function hasProvenPrivate(all: ProbeFacts[]): boolean {
  return rankCandidates(all).some((candidate) => candidate.class === "private" && candidate.hasEgress);
}

/** Whether some NIC has proven egress. */
export function hasProvenCandidate(all: ProbeFacts[]): boolean {
  return rankCandidates(all).some((candidate) => candidate.hasEgress);
}

/** How long to wait for NICs as good as the best: as long again as that one needed from carrier to proof. */
export function settleMs(all: ProbeFacts[]): number {
  const best = rankCandidates(all)[0]?.nic;
  const facts = all.find((each) => each.nic === best);
  const provenAtMs = [facts?.proof4, facts?.proof6].flatMap((proof) =>
    proof?.reached == null ? [] : [proof.provenAtMs],
  );
  const neededMs = Math.min(...provenAtMs) - (facts?.carrierAtMs ?? 0);
  return Math.min(timing.settleMaxMs, Math.max(timing.settleMinMs, neededMs));
}

function isFinished(candidate: Candidate, all: ProbeFacts[]): boolean {
  return all.find((facts) => facts.nic === candidate.nic)?.pending.length === 0;
}

/** The best that an unfinished probe can still come to. */
function hopeOf(facts: ProbeFacts): Candidate {
  return { nic: facts.nic, class: "private", hasEgress: true, gatewayAnswers: true };
}

/** Decides which NIC becomes the uplink, through which one ndmz leaves, and why each other NIC was not taken. */
export function choose(all: ProbeFacts[]): Choice {
  const ranked = rankCandidates(all);
  const [uplink = null, ...others] = ranked.map((candidate) => uplinkOf(candidate, all));
  const exit = uplink === null ? exitThroughUplink : exitPlanOf(uplink.nic, all);
  return {
    uplink,
    exit,
    others,
    isRemoteFault:
      ranked.every((candidate) => !candidate.hasEgress) && ranked.some((candidate) => candidate.gatewayAnswers),
    verdicts: all.map((facts) => verdictOf(facts, { ranked, exitNic: exit.exitNic })),
  };
}

function uplinkOf(candidate: Candidate, all: ProbeFacts[]): Uplink {
  const facts = all.find((each) => each.nic === candidate.nic);
  const families: Family[] = [];
  if (facts?.lease != null && facts.lease.gateways.length > 0) families.push("v4");
  if (facts?.advert != null && facts.advert.routers.length > 0) families.push("v6");
  return { nic: candidate.nic, mac: facts?.mac ?? "", families };
}

/** ndmz leaves through the uplink's bridge: nodes with one NIC, and nodes whose other NICs have no IPv6. */
export const exitThroughUplink: ExitPlan = {
  exitNic: null,
  npub4Parent: names.bridge,
  npub6Parent: names.bridge,
};

function exitPlanOf(uplink: string, all: ProbeFacts[]): ExitPlan {
  const exit = all
    .filter((facts) => facts.nic !== uplink && hasGlobalIpv6(facts))
    .toSorted((a, b) => byName(a.nic, b.nic))[0];
  return exitThrough(exit?.nic ?? null, (exit?.lease?.gateways.length ?? 0) > 0);
}

/** Where ndmz's outward interfaces sit when it leaves through this NIC, or through the uplink's bridge when null. */
export function exitThrough(exitNic: string | null, hasGateway4: boolean): ExitPlan {
  if (exitNic === null) return exitThroughUplink;
  return {
    exitNic,
    npub4Parent: hasGateway4 ? names.publicBridge : names.bridge,
    npub6Parent: names.publicBridge,
  };
}

function hasGlobalIpv6({ advert }: ProbeFacts): boolean {
  return advert !== null && advert.routers.length > 0 && advert.addresses.some(isGlobalIpv6);
}

/** The choice that stands when recovery found an uplink in its place. */
export function keepAdopted({ uplink, exit }: Adopted): Choice {
  const chosen: NicVerdict = {
    nic: uplink.nic,
    verdict: "chosen",
    reason: "already the port of zos, with carrier, address and default route",
  };
  return { uplink, exit, others: [], isRemoteFault: false, verdicts: [chosen] };
}

/** The choice that is left when the uplink failed after all, for the given reason. */
export function withoutUplink(choice: Choice, failure: string): Choice {
  const [uplink = null, ...others] = choice.others;
  const verdicts = choice.verdicts.map((verdict): NicVerdict => {
    if (verdict.nic === choice.uplink?.nic)
      return { ...verdict, verdict: "lost", reason: `was the first choice, but ${failure}` };
    if (verdict.nic === uplink?.nic)
      return { ...verdict, verdict: "chosen", reason: `next best after ${choice.uplink?.nic ?? "none"}` };
    return verdict;
  });
  const exit = uplink?.nic === choice.exit.exitNic ? exitThroughUplink : choice.exit;
  return { ...choice, uplink, others, exit, verdicts };
}
