import { realpathSync } from "node:fs";
import { type Command, Option } from "commander";

/** Flags of `lab` that concern scenarios. */
interface ScenarioFlags {
  scenario?: string;
  scenarios?: true;
  list?: true;
  json?: true;
  inside?: true;
}

/** Scenarios say themselves what surrounds a node and what it has. */
const notOfScenarios = ["all", "keep", "inspect", "record", "supervisor", "dhcpClient"];

/** Gives `lab` the flags of scenarios. */
export function withScenarioOptions(command: Command): Command {
  const one = new Option("--scenario <name>", "let something happen to a node that runs, with flows through it");
  const all = new Option("--scenarios", "play every scenario, and print one table");
  return command.addOption(one.conflicts(notOfScenarios)).addOption(all.conflicts(["scenario", ...notOfScenarios]));
}

/** Runs a command in a sandbox; gives its exit code. */
type Outside = (command: string[], flags: object) => Promise<number>;

/** `zos-boot lab --scenario NAME` and `--scenarios`: what happens to a node that runs, and what comes of it. */
export async function playScenarios(flags: ScenarioFlags, outside: Outside): Promise<void> {
  const { scenarioNamed, scenarios } = await import("../lab/scenarios/catalogue.ts");
  if (flags.list === true) {
    const width = Math.max(...scenarios.map(({ name }) => name.length));
    for (const { name, summary } of scenarios) process.stdout.write(`${name.padEnd(width)}  ${summary}\n`);
    return;
  }
  const argvOf = (name: string, isJson: boolean) => [
    ...[process.execPath, bundle(), "lab", "--scenario", name],
    ...(isJson ? ["--json"] : []),
  ];
  if (flags.scenario === undefined) {
    const { playAll } = await import("../lab/running/play-every-scenario.ts");
    const argvFor = ({ name }: { name: string }) => argvOf(name, true);
    process.exitCode = await playAll({ scenarios, argvFor, isJson: flags.json === true });
    return;
  }
  const scenario = scenarioNamed(flags.scenario);
  if (flags.inside !== true) {
    process.exitCode = await outside([...argvOf(scenario.name, flags.json === true), "--inside"], {});
    return;
  }
  const { runScenario } = await import("../lab/running/run-scenario.ts");
  process.exitCode = await runScenario({ scenario, bundle: bundle(), isJson: flags.json === true });
  if (process.connected) process.disconnect();
}

function bundle(): string {
  return realpathSync(process.argv[1] ?? "");
}
