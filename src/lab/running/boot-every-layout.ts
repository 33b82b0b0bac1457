import { tellOfRepeated, tellOnTerminal, unlessTold } from "./child-runs.ts";
import { compareTimes, runAll } from "./parallel-runs.ts";
import type { Layout } from "../layouts/layout.ts";
import { renderRun, renderRuns } from "./run-table.ts";

interface BootAllOptions {
  layouts: readonly Layout[];
  /** The command line of one run that prints its report as JSON. */
  argvFor: (layout: Layout) => string[];
  /** An array of reports on stdout instead of a table. */
  isJson: boolean;
}

/** Each needs more than one core while it is built and proven, and waits in between. */
const atATime = 3;
/** So that what else the machine does decides nothing when times are compared. */
const turns = 3;

/**
 * Boots all layouts and prints what came of them; who ends it early ends every run.
 *
 * @returns the exit code: 0 when everything was as the layouts promise, 128 and the signal's number when told to end, else 1
 * @throws BootError `permission` without root
 */
export async function bootAll({ layouts, argvFor, isJson }: BootAllOptions): Promise<number> {
  const runs = await unlessTold((signal) =>
    runAll({ layouts, argvFor, atATime, turns, onDone: (run) => tellOnTerminal(renderRun(run), signal), signal }),
  );
  if (typeof runs === "number") return runs;
  const comparison = compareTimes(runs);
  const isInTime = comparison?.isInTime ?? true;
  print(isJson ? [JSON.stringify(runs.map(({ report }) => report))] : renderRuns(runs), process.stdout);
  if (comparison !== null)
    print([`${isInTime ? "✓" : "✗"} ${comparison.says}`], isJson ? process.stderr : process.stdout);
  for (const run of runs) tellOfRepeated(run.layout.name, run);
  const bad = runs.filter(({ code }) => code !== 0);
  print(
    bad.flatMap(({ layout, stderr }) => ["", `${layout.name}:`, stderr.trimEnd()]),
    process.stderr,
  );
  return bad.length === 0 && isInTime ? 0 : 1;
}

function print(lines: readonly string[], stream: NodeJS.WriteStream): void {
  if (lines.length > 0) stream.write(`${lines.join("\n")}\n`);
}
