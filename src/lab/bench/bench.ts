import { cpus, release } from "node:os";
import { BootError } from "../../errors.ts";
import type { Layout } from "../layouts/layout.ts";
import { runChild, tellOnTerminal, unlessTold } from "../running/child-runs.ts";
import type { ScenarioReport } from "../running/scenario-report.ts";
import { renderBench } from "./bench-table.ts";
import type { BenchFigures, FailoverFigures, LayoutFigures } from "./figures.ts";
import { medianOf } from "./statistics.ts";

/** What is measured, and how it is told. */
export interface BenchOptions {
  layouts: readonly Layout[];
  runs: number;
  /** The command line that measures one layout, or plays one scenario, and prints JSON. */
  argvFor: { layout: (name: string) => string[]; scenario: (name: string) => string[] };
  /** One JSON object on stdout instead of a table. */
  isJson: boolean;
}

/** Where another NIC takes over, and when. */
const failover = { layout: "ha-pair", scenarios: ["uplink-pulled", "exit-pulled"] } as const;
/** Each takes half a minute. */
const mostFailovers = 3;

/**
 * Measures layouts one after the other, each in a sandbox of its own, and prints what came of it.
 *
 * @returns the exit code: 0, 128 and the signal's number when told to end
 * @throws BootError `permission` without root; `command-failed` when something could not be measured
 */
export async function bench(options: BenchOptions): Promise<number> {
  const figures = await unlessTold((signal) => measureAll(options, signal));
  if (typeof figures === "number") return figures;
  const lines = options.isJson ? [JSON.stringify(figures)] : renderBench(figures);
  process.stdout.write(`${lines.join("\n")}\n`);
  return 0;
}

async function measureAll({ layouts, runs, argvFor }: BenchOptions, signal: AbortSignal): Promise<BenchFigures> {
  const measured: LayoutFigures[] = [];
  for (const { name } of layouts) {
    tellOnTerminal(`${name} …`, signal);
    if (!signal.aborted) measured.push(await measure<LayoutFigures>(argvFor.layout(name), signal));
  }
  const failovers: FailoverFigures[] = [];
  const isPlayed = layouts.some(({ name }) => name === failover.layout);
  for (const scenario of isPlayed ? failover.scenarios : []) {
    tellOnTerminal(`${scenario} …`, signal);
    const reports: ScenarioReport[] = [];
    while (reports.length < Math.min(runs, mostFailovers) && !signal.aborted)
      reports.push(await measure<ScenarioReport>(argvFor.scenario(scenario), signal));
    if (reports.length > 0) failovers.push(failoverOf(scenario, reports));
  }
  return { machine: machine(), runs, layouts: measured, failovers };
}

async function measure<Report>(argv: readonly string[], signal: AbortSignal): Promise<Report> {
  const { report, stderr } = await runChild<Report>(argv, signal);
  if (report === null) throw new BootError("command-failed", `${argv.slice(2).join(" ")}: ${stderr.trim()}`);
  return report;
}

/** The longest that any flow of a family was without an answer. */
function failoverOf(scenario: string, reports: readonly ScenarioReport[]): FailoverFigures {
  const lostIn = (family: string) =>
    medianOf(
      reports.map(({ flows }) =>
        Math.max(...flows.filter((flow) => flow.family === family).map(({ lostMs }) => lostMs)),
      ),
    );
  return { scenario, v4Ms: lostIn("v4"), v6Ms: lostIn("v6") };
}

function machine(): string {
  const [first, ...others] = cpus();
  return `Linux ${release()}, Node.js ${process.version}, ${others.length + 1} × ${first?.model ?? "unknown processor"}`;
}
