import { BootError } from "../../errors.ts";
import type { FlowLoss } from "../proving/flow-loss.ts";
import { type Ended, exitOf, latenessOf, outcomeOf, problemsOfEnding, uplinkOf } from "../proving/scenario-ending.ts";
import type { Scenario } from "../scenarios/scenario.ts";
import { kernel } from "./scene.ts";

/** What a run of a scenario found, as `--json` prints it. */
export interface ScenarioReport {
  scenario: string;
  layout: string;
  kernel: string;
  /** `degraded` where the program itself does not claim that all is well; null when it never said anything. */
  outcome: string | null;
  uplink: string | null;
  exit: string | null;
  /** From the beginning until new flows worked in all families that should; null when they did not. */
  recoveredMs: number | null;
  flows: FlowLoss[];
  /** Commands that the program ran from the beginning to the end. */
  commands: number;
  /** Sources of packets that no outward interface of the node can have had. */
  strays: string[];
  leftovers: string[];
  /** What took longer than promised. */
  late: string[];
  /** Everything that is not as promised, one line each, what is late and left behind too. */
  problems: string[];
}

/** The report of a run whose steps had these troubles. */
export function reportOf(
  { name, layout, ending }: Scenario,
  ended: Ended,
  { troubles, leftovers }: { troubles: readonly string[]; leftovers: readonly string[] },
): ScenarioReport {
  const { status, recoveredMs, flows, commands, strays } = ended;
  const late = latenessOf(ending, ended);
  return {
    ...{ scenario: name, layout: layout.name, kernel },
    ...{ outcome: outcomeOf(status), uplink: uplinkOf(status), exit: exitOf(status), recoveredMs },
    ...{ flows: [...flows], commands, strays: [...strays], leftovers: [...leftovers], late },
    problems: [
      ...troubles,
      ...problemsOfEnding(ending, ended),
      ...late,
      ...leftovers.map((leftover) => `left behind: ${leftover}`),
    ],
  };
}

/**
 * The report of a node with what is not as promised of its twin, if it has one, and of the two.
 *
 * @param common what both have, and only one may have
 */
export function withTwin(
  own: ScenarioReport | undefined,
  [twin]: readonly ScenarioReport[],
  common: readonly string[],
): ScenarioReport {
  if (own === undefined) throw new BootError("bad-output", "no node has been played with");
  const ofTwin = twin?.problems.map((problem) => `twin: ${problem}`) ?? [];
  return { ...own, problems: [...own.problems, ...common, ...ofTwin] };
}

/** One line for each flow. */
export function renderFlows(flows: readonly FlowLoss[]): string[] {
  return flows.map(
    ({ family, kind, lostMs, isKept }) =>
      `  IP${family} ${kind}  ${isKept ? "the same flow goes on" : "the flow is lost, others go on"}, ${lostMs} ms without an answer`,
  );
}

/** One line for each problem, and one for the whole. */
export function renderVerdict({ problems, outcome, recoveredMs }: ScenarioReport): string[] {
  const back = recoveredMs === null ? "traffic is not back" : `traffic back after ${recoveredMs} ms`;
  return [
    ...problems.map((problem) => `✗ ${problem}`),
    `${problems.length === 0 ? "✓" : "✗"} ${outcome ?? "nothing"}, ${back}`,
  ];
}
