import type { Adopted, Choice, ExitPlan, Family, NicVerdict, ProbeFacts, Uplink } from "../contract.ts";
import { isGlobalIpv6 } from "./addresses.ts";
import { verdictOf } from "./explain.ts";
import { names } from "./names.ts";
import { verdictsOnLinks } from "./pins.ts";
import {
  byName,
  type Candidate,
  type ChoiceRules,
  type Circumstances,
  freeChoice,
  rankCandidates,
} from "./selection.ts";

/** Decides which NIC becomes the uplink, through which one ndmz leaves, and why each other NIC was not taken. */
export function choose(all: ProbeFacts[], rules: Circumstances = freeChoice): Choice {
  const ranked = rankCandidates(all, rules);
  const [uplink = null, ...others] = ranked.map((candidate) => uplinkOf(candidate, all));
  const isRemoteFault =
    ranked.every((candidate) => !candidate.hasEgress) && ranked.some((candidate) => candidate.gatewayAnswers);
  return explained({ uplink, exit: exitThroughUplink, others, failed: [], isRemoteFault, verdicts: [] }, all, rules);
}

/** The same choice with the best exit that the probes know of by now; a NIC that has failed as the uplink is none. */
export function withExit(choice: Choice, all: ProbeFacts[], rules: Circumstances = freeChoice): Choice {
  const left = all.filter(({ nic }) => nic === rules.exit || !choice.failed.some((each) => each.nic === nic));
  const exit = choice.uplink === null ? exitThroughUplink : exitPlanOf(choice.uplink.nic, left, rules);
  return explained({ ...choice, exit }, all, rules);
}

/** What a choice rests on. */
export interface Known {
  all: ProbeFacts[];
  rules: Circumstances;
}

/** The choice that is left when the uplink failed after all, for the given reason. */
export function withoutUplink(choice: Choice, failure: string, { all, rules }: Known): Choice {
  const [uplink = null, ...others] = choice.others;
  const failed =
    choice.uplink === null ? choice.failed : [...choice.failed, { nic: choice.uplink.nic, reason: failure }];
  return explained({ ...choice, uplink, others, failed, exit: exitThroughUplink }, all, rules);
}

/** The choice that stands when recovery found an uplink in its place. */
export function keepAdopted({ uplink, exit, idle }: Adopted): Choice {
  const reason = "already in use, with carrier, address and default route";
  const left = idle.filter(({ nic }) => nic !== uplink.nic && nic !== exit.exitNic);
  const verdicts: NicVerdict[] = [
    { nic: uplink.nic, verdict: "chosen", reason },
    ...(exit.exitNic === null ? [] : [{ nic: exit.exitNic, verdict: "exit" as const, reason }]),
    ...left.map(({ nic, hasCarrier }): NicVerdict => ({
      nic,
      verdict: hasCarrier ? "lost" : "unusable",
      reason: hasCarrier ? "not probed: another one is in use already" : "no carrier",
    })),
  ];
  return { uplink, exit, others: [], failed: [], isRemoteFault: false, verdicts };
}

function explained(choice: Choice, all: ProbeFacts[], rules: Circumstances): Choice {
  const left = rankCandidates(all, rules).filter(({ nic }) => !choice.failed.some((each) => each.nic === nic));
  const chosen = left.filter(({ nic }) => nic === choice.uplink?.nic);
  const ranked = [...chosen, ...left.filter(({ nic }) => nic !== choice.uplink?.nic)];
  const verdicts = all.map((facts): NicVerdict => {
    const failure = choice.failed.find(({ nic }) => nic === facts.nic);
    if (failure !== undefined)
      return { nic: facts.nic, verdict: "lost", reason: `was chosen first, but ${failure.reason}` };
    const verdict = verdictOf(facts, { ranked, exitNic: choice.exit.exitNic, rules, all });
    const isSecondChoice = verdict.verdict === "chosen" && choice.failed.length > 0;
    return isSecondChoice
      ? { ...verdict, reason: `next best after ${listOf(choice.failed)}: ${verdict.reason}` }
      : verdict;
  });
  return { ...choice, verdicts: [...verdicts, ...verdictsOnLinks(all, rules)] };
}

function listOf(failed: Choice["failed"]): string {
  return failed.map(({ nic }) => nic).join(", ");
}

function uplinkOf({ nic }: Candidate, all: ProbeFacts[]): Uplink {
  const facts = all.find((each) => each.nic === nic);
  const families: Family[] = [];
  if (facts?.lease != null && facts.lease.gateways.length > 0) families.push("v4");
  if (facts?.advert != null && facts.advert.routers.length > 0) families.push("v6");
  return { nic, mac: facts?.mac ?? "", mtuBytes: facts?.lease?.mtuBytes ?? null, families, ...knownAs(facts) };
}

/** By what the DHCP server of a NIC's network knows the node, where that is not its identity. */
function knownAs(facts: ProbeFacts | undefined): Pick<Uplink, "knownBy" | "checksAddress"> {
  return {
    ...(facts?.knownBy === undefined ? {} : { knownBy: facts.knownBy }),
    ...(facts?.checksAddress === undefined ? {} : { checksAddress: facts.checksAddress }),
  };
}

/** Why there is no uplink, for people: what is wrong with the NIC that is pinned, or that no NIC will do. */
export function whyNoUplink({ verdicts }: Choice, all: ProbeFacts[], { uplink }: ChoiceRules): string {
  const pinned = verdicts.find(({ nic }) => nic === uplink);
  if (uplink !== null && pinned !== undefined) {
    const isThere = all.some(({ nic }) => nic === uplink);
    return isThere ? `uplink ${uplink} is pinned, but: ${pinned.reason}` : `${uplink} is ${pinned.reason}`;
  }
  return all.length === 0 ? "the node has no NIC that can be used" : "no NIC has a default gateway";
}

/** ndmz leaves through the uplink's bridge: nodes with one NIC, and nodes whose other NICs have no IPv6. */
export const exitThroughUplink: ExitPlan = {
  exitNic: null,
  npub4Parent: names.bridge,
  npub6Parent: names.bridge,
};

/**
 * Whether every NIC that may become the exit has had its chance: IPv6 is known there, or there is no carrier, or its router is
 * late while another NIC has found one; without any IPv6 the boot would not get further than that.
 * Where the uplink has IPv6 itself, a NIC that is silent, or whose network names no gateway, is not waited for. An
 * operator's exit is, and no other NIC.
 */
export function isExitKnown(choice: Choice, all: ProbeFacts[], { exit }: ChoiceRules = freeChoice): boolean {
  const own = all.find(({ nic }) => nic === choice.uplink?.nic);
  const isEnough = own !== undefined && hasGlobalIpv6(own);
  const isAnyFound = all.some(hasGlobalIpv6);
  const mayBeExit = ({ nic, lease }: ProbeFacts) =>
    exit === null ? !isEnough || (lease?.gateways.length ?? 0) > 0 : nic === exit;
  return all
    .filter((facts) => facts !== own && facts.carrierAtMs !== null && mayBeExit(facts))
    .every(({ pending, isRouterLate }) => !pending.includes("v6") || (isRouterLate && isAnyFound));
}

/** IPv6 that was proven goes before IPv6 that was only advertised; the uplink's own before another NIC's of no more worth. */
function exitPlanOf(uplink: string, all: ProbeFacts[], { exit: pinned }: ChoiceRules): ExitPlan {
  const isProven = (facts: ProbeFacts | undefined) => facts?.proof6?.reached != null;
  const mayBe = all
    .filter((facts) => facts.nic !== uplink && (pinned === null ? hasGlobalIpv6(facts) : facts.nic === pinned))
    .toSorted((a, b) => Number(isProven(b)) - Number(isProven(a)) || byName(a.nic, b.nic));
  const [best] = mayBe;
  const own = all.find((facts) => facts.nic === uplink);
  if (best === undefined || (pinned === null && isProven(own) && !isProven(best))) return exitThroughUplink;
  return { ...exitThrough(best.nic, (best.lease?.gateways.length ?? 0) > 0), ...knownAs(best) };
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
