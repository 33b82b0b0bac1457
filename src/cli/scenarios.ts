import { realpathSync } from "node:fs";
import { Command, InvalidArgumentError, Option } from "commander";
import { exitCode } from "../errors.ts";

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

interface SoakFlags {
  faults: number;
  seed: number;
  idle?: true;
  inside?: true;
}

/** `zos-boot lab soak`: many faults on one node that goes on running, or a quiet minute of it. */
export function soakCommand(outside: Outside): Command {
  return new Command("soak")
    .description("let random faults happen to one node, and look whether it comes back each time and nothing grows")
    .exitOverride((error) => process.exit(error.exitCode === 0 ? exitCode.done : exitCode.usage))
    .option("--faults <count>", "how many", whole, 50)
    .option("--seed <number>", "which ones: the same for the same seed", whole, 1)
    .option("--idle", "no faults: measure commands, wake-ups and CPU of a quiet minute")
    .action(async (_: unknown, command: Command) => {
      // `--inside` is a flag of `lab`, which takes it wherever it stands.
      const { faults, seed, idle, inside } = command.optsWithGlobals<SoakFlags>();
      const flags = ["--faults", String(faults), "--seed", String(seed), ...(idle === true ? ["--idle"] : [])];
      if (inside !== true) {
        process.exitCode = await outside([process.execPath, bundle(), "lab", "soak", ...flags, "--inside"], {});
        return;
      }
      const { measureIdle, soak } = await import("../lab/running/soak.ts");
      process.exitCode = await (idle === true
        ? measureIdle(bundle())
        : soak({ bundle: bundle(), count: faults, seed }));
      if (process.connected) process.disconnect();
    });
}

function whole(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count > 0) return count;
  throw new InvalidArgumentError("a whole number above 0 is expected.");
}

function bundle(): string {
  return realpathSync(process.argv[1] ?? "");
}
