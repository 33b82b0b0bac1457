import type { Scenario } from "../scenarios/scenario.ts";
import { type ChildRun, inPool, middleOf, repeated, runChild } from "./child-runs.ts";
import type { ScenarioReport } from "./scenario-report.ts";

/** What came of one scenario among many. */
export interface ScenarioRun extends ChildRun<ScenarioReport> {
  scenario: Scenario;
}

/** Which scenarios are played, and how many at a time. */
export interface ScenarioRunsOptions {
  scenarios: readonly Scenario[];
  /** The command line of one run that prints its report as JSON. */
  argvFor: (scenario: Scenario) => string[];
  /** How many are played at a time. */
  atATime: number;
  /** How often those are played that are about their times. */
  turns: number;
  onDone: (run: ScenarioRun) => void;
  /** Ends the runs that are under way and begins no more. */
  signal: AbortSignal;
}

/**
 * Plays many scenarios, each in a process and a sandbox of its own: those that are about their times alone and first, in
 * turns, so that what else the machine does decides nothing; the middle run of each counts. Of the others, those that
 * fail are repeated alone.
 *
 * @returns the runs in the order of the scenarios
 */
export async function playMany(options: ScenarioRunsOptions): Promise<ScenarioRun[]> {
  const { scenarios, argvFor, atATime, onDone, signal } = options;
  const play = async (scenario: Scenario): Promise<ScenarioRun> => ({
    scenario,
    ...(await runChild<ScenarioReport>(argvFor(scenario), signal)),
  });
  const timed = scenarios.filter(({ isTimed }) => isTimed);
  const turns = Array.from({ length: options.turns }, () => timed).flat();
  const inTurns = await inPool(turns, { size: 1, signal }, play);
  const typical = timed.flatMap((scenario) => typicalOf(inTurns.filter((run) => run.scenario === scenario)));
  for (const run of typical) onDone(run);
  const others = scenarios.filter(({ isTimed }) => !isTimed);
  const told = async (scenario: Scenario): Promise<ScenarioRun> => {
    const run = await play(scenario);
    onDone(run);
    return run;
  };
  const pooled = await inPool(others, { size: atATime, signal }, told);
  const beside = await repeated(pooled, signal, ({ scenario }) => told(scenario));
  return [...typical, ...beside].toSorted((a, b) => scenarios.indexOf(a.scenario) - scenarios.indexOf(b.scenario));
}

/** The run whose longest loss is in the middle; one that failed for anything but its times goes before all others. */
export function typicalOf(runs: readonly ScenarioRun[]): ScenarioRun[] {
  return middleOf(runs, {
    isFailed: ({ report }) => report === null || report.problems.length > report.late.length,
    measure: ({ report }) => Math.max(0, ...(report?.flows ?? []).map(({ lostMs }) => lostMs)),
  });
}
