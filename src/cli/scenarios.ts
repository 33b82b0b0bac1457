import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { BootError, exitCode, messageOf } from "../errors.ts";
import type { Scenario } from "../lab/scenarios/scenario.ts";
import { bundle } from "./bundle.ts";

/** Flags of `lab` that concern scenarios. */
interface ScenarioFlags {
  scenario?: string;
  scenarios?: true;
  farm?: string;
  farms?: string;
  /** The text of the farm's file: where the lab reads it, files of the machine may be hidden. */
  farmText?: string;
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
  const farm = new Option("--farm <file>", "boot a node in the farm that a YAML file describes");
  const farms = new Option("--farms <directory>", "play the farm of every file in it, and print one table");
  const others = (...names: string[]) => [...names, ...notOfScenarios];
  return command
    .addOption(one.conflicts(notOfScenarios))
    .addOption(all.conflicts(others("scenario")))
    .addOption(farm.conflicts(others("scenario", "scenarios")))
    .addOption(farms.conflicts(others("scenario", "scenarios", "farm")))
    .addOption(new Option("--farm-text <yaml>").hideHelp());
}

/** Whether `lab` is asked for scenarios rather than for layouts. */
export function isOfScenarios({ scenario, scenarios, farm, farms }: ScenarioFlags): boolean {
  return scenario !== undefined || scenarios === true || farm !== undefined || farms !== undefined;
}

/** Runs a command in a sandbox; gives its exit code. */
type Outside = (command: string[], flags: object) => Promise<number>;

/** `zos-boot lab --scenario NAME`, `--scenarios`, `--farm FILE` and `--farms DIRECTORY`: what happens to a node, and what comes of it. */
export async function playScenarios(flags: ScenarioFlags, outside: Outside): Promise<void> {
  const { scenarioNamed, scenarios } = await import("../lab/scenarios/catalogue.ts");
  if (flags.list === true) {
    const width = Math.max(...scenarios.map(({ name }) => name.length));
    for (const { name, summary } of scenarios) process.stdout.write(`${name.padEnd(width)}  ${summary}\n`);
    return;
  }
  if (flags.farms !== undefined) {
    const files = await farmFilesIn(flags.farms);
    const farms = await Promise.all(files.map(async (file) => ({ file, ...(await readFarmFile(file)) })));
    const argvFor = (wanted: Scenario) => {
      const { file = "" } = farms.find(({ scenario }) => scenario === wanted) ?? {};
      return argvOf(["--farm", file], true);
    };
    return playAllOf({ scenarios: farms.map(({ scenario }) => scenario), argvFor }, flags);
  }
  if (flags.farm !== undefined) {
    const { text, scenario } = await readFarmFile(flags.farm, flags.farmText);
    return playOne({ scenario, argv: ["--farm", flags.farm, "--farm-text", text] }, flags, outside);
  }
  if (flags.scenario === undefined)
    return playAllOf({ scenarios, argvFor: ({ name }) => argvOf(["--scenario", name], true) }, flags);
  const scenario = scenarioNamed(flags.scenario);
  return playOne({ scenario, argv: ["--scenario", scenario.name] }, flags, outside);
}

function argvOf(which: readonly string[], isJson: boolean): string[] {
  return [process.execPath, bundle(), "lab", ...which, ...(isJson ? ["--json"] : [])];
}

interface PlayedAll {
  scenarios: readonly Scenario[];
  argvFor: (scenario: Scenario) => string[];
}

async function playAllOf(which: PlayedAll, { json }: ScenarioFlags): Promise<void> {
  const { playAll } = await import("../lab/running/play-every-scenario.ts");
  process.exitCode = await playAll({ ...which, isJson: json === true });
}

async function playOne(
  { scenario, argv }: { scenario: Scenario; argv: readonly string[] },
  { json, inside }: ScenarioFlags,
  outside: Outside,
): Promise<void> {
  if (inside !== true) {
    process.exitCode = await outside([...argvOf(argv, json === true), "--inside"], {});
    return;
  }
  const { runScenario } = await import("../lab/running/run-scenario.ts");
  process.exitCode = await runScenario({ scenario, bundle: bundle(), isJson: json === true });
  if (process.connected) process.disconnect();
}

function farmName(file: string): string {
  return basename(file).replace(/\.ya?ml$/, "");
}

async function farmFilesIn(directory: string): Promise<string[]> {
  const names = await readdir(directory).catch((error: unknown) => {
    throw new BootError("bad-config", `${directory} cannot be read: ${messageOf(error)}`);
  });
  const files = names.filter((each) => /\.ya?ml$/.test(each)).toSorted();
  if (files.length === 0) throw new BootError("bad-config", `${directory} has no file whose name ends in .yaml`);
  return files.map((each) => join(directory, each));
}

/** A farm's file, read where the machine's files are unless its text is given; every fault is named with it. */
async function readFarmFile(file: string, given?: string): Promise<{ text: string; scenario: Scenario }> {
  const { readFarm } = await import("../lab/farm-files/farm-file.ts");
  try {
    const text = given ?? (await readFile(file, "utf8"));
    return { text, scenario: readFarm(farmName(file), text) };
  } catch (error) {
    const lines = messageOf(error).split("\n");
    throw new BootError("bad-config", lines.map((line) => `${file}: ${line}`).join("\n"));
  }
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

/** An option that is a whole number above 0. */
export function whole(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count > 0) return count;
  throw new InvalidArgumentError("a whole number above 0 is expected.");
}
