import type { Adopted, Becomes, Choice, ProbeFacts } from "../contract.ts";
import { isExitKnown, withExit } from "./choice.ts";
import type { ChoiceRules } from "./selection.ts";

/** NICs that their probes give back, and for what. */
export interface GivenBack {
  nics: string[];
  becomes: Becomes;
}

/** What decides about NICs that probes hold. */
export interface Holding {
  /** Nothing but a report is wanted. */
  isReportOnly: boolean;
  adopted: Adopted | null;
  choice: Choice | null;
  probes: ProbeFacts[];
  settings: ChoiceRules;
  /** NICs that probes hold. */
  held: string[];
}

/**
 * When the uplink is chosen: it alone; all NICs when there is none, or nothing but a report is wanted, after which any of them may
 * be needed.
 */
export function givenBackFirst({
  isReportOnly,
  choice,
  held,
}: Pick<Holding, "isReportOnly" | "choice" | "held">): GivenBack {
  if (isReportOnly) return { nics: held, becomes: "ready" };
  const uplink = choice?.uplink ?? null;
  return uplink === null ? { nics: held, becomes: "idle" } : { nics: [uplink.nic], becomes: "uplink" };
}

/** While the uplink is put in its place: NICs of no more use, no candidates and none of them the exit, once that is known. */
export function givenBackEarly({ adopted, choice, probes, settings, held }: Omit<Holding, "isReportOnly">): GivenBack {
  if (adopted !== null || choice === null || !isExitKnown(choice, probes, settings))
    return { nics: [], becomes: "idle" };
  const { exit, others } = withExit(choice, probes, settings);
  const isOfUse = (nic: string) => nic === exit.exitNic || others.some((other) => other.nic === nic);
  return { nics: held.filter((nic) => !isOfUse(nic)), becomes: "idle" };
}

/** While nothing leads out: NICs whose probes will learn nothing more, to be probed anew. */
export function givenBackInVain({ probes, held }: Pick<Holding, "probes" | "held">): GivenBack {
  const isOver = (nic: string) => probes.some((facts) => facts.nic === nic && facts.pending.length === 0);
  return { nics: held.filter(isOver), becomes: "idle" };
}

/** When the uplink failed: the next candidate; all that are left when there is none. */
export function givenBackNext({ choice, held }: Pick<Holding, "choice" | "held">): GivenBack {
  const [next] = choice?.others ?? [];
  return next === undefined ? { nics: held, becomes: "idle" } : { nics: [next.nic], becomes: "uplink" };
}

/** When the exit is chosen: its NIC, which becomes the port of a bridge next. */
export function givenBackForExit({ choice }: Pick<Holding, "choice">): GivenBack {
  return { nics: choice?.exit.exitNic == null ? [] : [choice.exit.exitNic], becomes: "ready" };
}
