import { Command, Option } from "commander";
import { exitCode } from "../errors.ts";
import { whole } from "./scenarios.ts";
import { bundle } from "./bundle.ts";

interface BenchFlags {
  runs: number;
  layouts: string;
  quiet: boolean;
  json?: true;
  one?: string;
  throughput?: true;
  inside?: true;
}

/** Runs a command in a sandbox; gives its exit code. */
type Outside = (command: string[], flags: object) => Promise<number>;

const usual = "home-dual,dc-v6,dead-7,oob-workload,ha-pair,nics-64";

/** `zos-boot lab bench`: how long boots take beside a script that does no more than it must, and what a node costs. */
export function benchCommand(outside: Outside): Command {
  return new Command("bench")
    .description("boot by the program and by a baseline script in turns, and measure time, commands and memory")
    .exitOverride((error) => process.exit(error.exitCode === 0 ? exitCode.done : exitCode.usage))
    .option("--runs <count>", "how many turns, of which the median counts", whole, 7)
    .option("--layouts <names>", "which layouts, comma-separated; failover is measured with ha-pair", usual)
    .option("--no-quiet", "do not wait two minutes a layout for what a quiet minute costs")
    .option("--throughput", "measure instead what a resource sends to the Internet, with the rules of ndmz and without")
    .option("--json", "print one JSON object")
    .addOption(new Option("--one <layout>").hideHelp())
    .action(async (_: unknown, command: Command) => {
      // `--inside` and `--json` are flags of `lab` too, which takes them wherever they stand.
      const flags = command.optsWithGlobals<BenchFlags>();
      if (flags.throughput === true) await benchThroughput(flags, outside);
      else if (flags.one === undefined) process.exitCode = await benchAll(flags);
      else if (flags.inside === true) await measureOne(flags.one, flags);
      else process.exitCode = await outside([...argvFor(flags.one, flags), "--inside"], {});
    });
}

async function benchAll(flags: BenchFlags): Promise<number> {
  const [{ layoutNamed }, { bench }] = await Promise.all([
    import("../lab/layouts/catalogue.ts"),
    import("../lab/bench/bench.ts"),
  ]);
  return bench({
    layouts: flags.layouts.split(",").map(layoutNamed),
    runs: flags.runs,
    argvFor: {
      layout: (name) => argvFor(name, flags),
      scenario: (name) => [process.execPath, bundle(), "lab", "--scenario", name, "--json"],
    },
    isJson: flags.json === true,
  });
}

async function benchThroughput({ runs, json, inside }: BenchFlags, outside: Outside): Promise<void> {
  if (inside !== true) {
    const flags = ["--throughput", "--runs", String(runs), ...(json === true ? ["--json"] : [])];
    process.exitCode = await outside([process.execPath, bundle(), "lab", "bench", ...flags, "--inside"], {});
    return;
  }
  const { measureThroughput, renderThroughput } = await import("../lab/bench/throughput.ts");
  const found = await measureThroughput(bundle(), runs);
  process.stdout.write(json === true ? `${JSON.stringify(found)}\n` : `${renderThroughput(found).join("\n")}\n`);
  if (process.connected) process.disconnect();
}

async function measureOne(name: string, { runs, quiet }: BenchFlags): Promise<void> {
  const [{ layoutNamed }, { measureLayout }] = await Promise.all([
    import("../lab/layouts/catalogue.ts"),
    import("../lab/bench/measure-layout.ts"),
  ]);
  const figures = await measureLayout({ layout: layoutNamed(name), bundle: bundle(), runs, isQuietMeasured: quiet });
  process.stdout.write(`${JSON.stringify(figures)}\n`);
  if (process.connected) process.disconnect();
}

function argvFor(name: string, { runs, quiet }: BenchFlags): string[] {
  const flags = ["--one", name, "--runs", String(runs), ...(quiet ? [] : ["--no-quiet"])];
  return [process.execPath, bundle(), "lab", "bench", ...flags];
}
