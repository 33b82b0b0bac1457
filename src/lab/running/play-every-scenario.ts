import { tellOfRepeated, tellOnTerminal, unlessTold } from "./child-runs.ts";
import type { Scenario } from "../scenarios/scenario.ts";
import { playMany, type ScenarioRun } from "./scenario-runs.ts";
import { renderPlayed, renderPlayedRun } from "./scenario-table.ts";

interface PlayAllOptions {
  scenarios: readonly Scenario[];
  /** The command line of one run that prints its report as JSON. */
  argvFor: (scenario: Scenario) => string[];
  /** An array of reports on stdout instead of a table. */
  isJson: boolean;
}

/** Each has timers that must not be late because of the others. */
const atATime = 2;
const turns = 5;

/**
 * Plays all scenarios and prints what came of them; who ends it early ends every run.
 *
 * @returns the exit code: 0 when everything was as promised, 128 and the signal's number when told to end, else 1
 * @throws BootError `permission` without root
 */
export async function playAll({ scenarios, argvFor, isJson }: PlayAllOptions): Promise<number> {
  const runs = await unlessTold((signal) =>
    playMany({
      scenarios,
      argvFor,
      atATime,
      turns,
      onDone: (run) => tellOnTerminal(renderPlayedRun(run), signal),
      signal,
    }),
  );
  if (typeof runs === "number") return runs;
  const lines = isJson ? [JSON.stringify(runs.map(reportOrFailure))] : renderPlayed(runs);
  process.stdout.write(`${lines.join("\n")}\n`);
  for (const run of runs) tellOfRepeated(run.scenario.name, run);
  const bad = runs.filter(({ code, report }) => code !== 0 && report === null);
  for (const { scenario, stderr } of bad) process.stderr.write(`\n${scenario.name}:\n${stderr.trimEnd()}\n`);
  return runs.every(({ code }) => code === 0) ? 0 : 1;
}

/** A run that ended without a report has one all the same: that it did. */
function reportOrFailure({ scenario, report, code }: ScenarioRun): unknown {
  const { name, layout } = scenario;
  const nothing = { outcome: null, recoveredMs: null, flows: [], leftovers: [] };
  const problems = [`the run ended with exit code ${code ?? "?"} and without a report`];
  return report ?? { scenario: name, layout: layout.name, ...nothing, problems };
}
