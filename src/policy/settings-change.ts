import type { Choice, ProbeFacts, Settings } from "../contract.ts";
import { type ChoiceRules, isListed, rankCandidates } from "./selection.ts";

/** The choice that stands, and what it went by; no probes where an uplink was adopted. */
export interface Stand {
  choice: Choice | null;
  probes: ProbeFacts[];
}

/** What new rules take back of a choice, and why, for people. */
export interface Refusal {
  what: "uplink" | "exit";
  why: string;
}

const ruleKeys = ["uplink", "exit", "preferPublic", "ignoreNics"] as const satisfies (keyof ChoiceRules)[];

/** The keys in which settings differ. */
export function changedKeys<Own extends Settings>(before: Own, after: Own): (keyof Own & string)[] {
  return (Object.keys(after) as (keyof Own & string)[]).filter(
    (key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]),
  );
}

/** Whether the choice goes by other rules than before. */
export function areRulesOther(before: Settings, after: Settings): boolean {
  return changedKeys(before, after).some((key) => (ruleKeys as readonly string[]).includes(key));
}

/** Why a NIC must not be the uplink, whatever it is worth; null when it may. */
export function whyNoUplinkBy({ uplink, ignoreNics }: ChoiceRules, nic: string): string | null {
  if (isListed(nic, ignoreNics)) return `${nic} is ignored by configuration`;
  return uplink === null || uplink === nic ? null : `${uplink} is pinned as the uplink by configuration`;
}

/** Why workloads must not leave as they do; null when they may. A pin on the uplink means that they leave through it. */
export function whyNoExitBy(
  { exit: pin, ignoreNics }: ChoiceRules,
  { uplink, exit: { exitNic } }: Pick<Choice, "uplink" | "exit">,
): string | null {
  if (exitNic !== null && isListed(exitNic, ignoreNics)) return `${exitNic} is ignored by configuration`;
  return pin === null || pin === (exitNic ?? uplink?.nic) ? null : `${pin} is pinned as the exit by configuration`;
}

/**
 * What of the choice no longer stands when settings change; null when all does. An uplink that the new rules allow stays,
 * though it might not be chosen today, unless what is preferred has changed and a known NIC goes before it now.
 */
export function refusalBy(before: Settings, after: Settings, stand: Stand): Refusal | null {
  const { choice } = stand;
  if (choice?.uplink == null || !areRulesOther(before, after)) return null;
  const isOrderOther = before.preferPublic !== after.preferPublic;
  const whyNoUplink =
    whyNoUplinkBy(after, choice.uplink.nic) ?? (isOrderOther ? whyOther(after, choice.uplink.nic, stand) : null);
  if (whyNoUplink !== null) return { what: "uplink", why: whyNoUplink };
  const whyNoExit = whyNoExitBy(after, choice);
  return whyNoExit === null ? null : { what: "exit", why: whyNoExit };
}

/** Which NIC goes before the uplink among those that were probed and have not failed as the uplink; null for none. */
function whyOther(rules: ChoiceRules, uplink: string, { choice, probes }: Stand): string | null {
  const ranked = rankCandidates(probes, rules).filter(({ nic }) => !choice?.failed.some((each) => each.nic === nic));
  const [best] = ranked;
  if (best === undefined || best.nic === uplink || ranked.every(({ nic }) => nic !== uplink)) return null;
  return `${best.nic} goes before ${uplink} now`;
}
