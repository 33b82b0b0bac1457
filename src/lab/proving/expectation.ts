import type { NicVerdict } from "../../contract.ts";
import type { Status } from "../../program/status-file.ts";
import type { StepName } from "../../policy/steps.ts";
import type { Layout, Outcome, Passage } from "../layouts/layout.ts";

/** Every state that a boot was in, and whether an attempt failed there. */
export type Visits = ReadonlyMap<StepName, { isRetried: boolean }>;

/** What of a run is compared with what its layout expects. */
export interface Found {
  outcome: string | null;
  uplink: string | null;
  exit: string | null;
  nics: readonly NicVerdict[];
  visits: Visits;
  /** MTU in bytes of links on the node, by name. */
  mtus: ReadonlyMap<string, number>;
}

/** The visits that a status tells of, added to those of earlier ones: a status knows failed attempts of one state only. */
export function visitsWith(earlier: Visits, { states, state, detail, attempts }: Status): Visits {
  const isFailing = attempts > 0 || detail.endsWith(".retry");
  const all = states.map(({ state: visited }): [StepName, { isRetried: boolean }] => [
    visited,
    { isRetried: earlier.get(visited)?.isRetried === true || (visited === state && isFailing) },
  ]);
  return new Map([...earlier, ...all]);
}

/** Whether a boot has come to rest: one that waits does so only once waiting was in vain and the program said so. */
export function isAtRest({ state, detail, attempts, failure }: Status, expected: Outcome): boolean {
  if (state !== expected) return false;
  if (expected === "online") return true;
  return failure !== null && (expected === "restart" || attempts > 0 || detail.endsWith(".retry"));
}

/** What did not come as the layout expects, one line each; nothing when all did. */
export function problemsOf({ nics, expected }: Layout, found: Found): string[] {
  const differs = (what: string, is: string | number | null | undefined, meant: string | number | null) =>
    is === meant ? [] : [`${what} is ${is ?? "none"} and not ${meant ?? "none"}`];
  return [
    ...differs("outcome", found.outcome, expected.outcome),
    ...differs("uplink", found.uplink, fitting(found.uplink, expected.uplink)),
    ...differs("exit", found.exit, fitting(found.exit, expected.exit)),
    ...nics.flatMap(({ name }) => unexplained(name, expected.reasons[name], found.nics)),
    ...expected.passes.flatMap((passage) => unvisited(passage, found.visits)),
    ...Object.entries(expected.mtus).flatMap(([link, mtu]) => differs(`MTU of ${link}`, found.mtus.get(link), mtu)),
  ];
}

/** The NIC itself where it fits the pattern that is expected. */
function fitting(nic: string | null, meant: string | RegExp | null): string | null {
  if (!(meant instanceof RegExp)) return meant;
  return nic !== null && meant.test(nic) ? nic : String(meant);
}

/** What is wrong with the reason that is given for a NIC: none, or another one than is meant. */
export function unexplained(nic: string, meant: RegExp | undefined, verdicts: readonly NicVerdict[]): string[] {
  const reason = verdicts.find((verdict) => verdict.nic === nic)?.reason ?? "";
  if (reason === "") return [`${nic} is not explained`];
  return meant === undefined || meant.test(reason)
    ? []
    : [`${nic} is explained by ${JSON.stringify(reason)} and not by ${meant}`];
}

function unvisited({ state, isRetried }: Passage, visits: Visits): string[] {
  const visit = visits.get(state);
  if (visit === undefined) return [`the boot was never in ${state}`];
  return isRetried && !visit.isRetried ? [`no attempt failed in ${state}`] : [];
}
