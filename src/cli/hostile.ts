import { Command } from "commander";
import { exitCode } from "../errors.ts";
import { bundle } from "./bundle.ts";
import { whole } from "./scenarios.ts";

interface HostileFlags {
  count: number;
  seed: number;
  only?: number;
  kind?: string;
  log?: string;
  inside?: true;
}

/** `zos-boot lab hostile`: packets that nobody should believe, to a node that boots and to a booted one. */
export function hostileCommand(outside: (command: string[], flags: object) => Promise<number>): Command {
  return new Command("hostile")
    .description("send hostile packets to a node, and look whether anything runs, crashes or grows, and all comes back")
    .exitOverride((error) => process.exit(error.exitCode === 0 ? exitCode.done : exitCode.usage))
    .option("--count <count>", "how many", whole, 300)
    .option("--seed <number>", "which ones: the same for the same seed", whole, 1)
    .option("--only <number>", "only the packet of this number, many times", Number)
    .option("--kind <name>", "only kinds whose names begin so, such as dhcp")
    .option("--log <file>", "keep each packet, a line of JSON with its number, kind and frames")
    .action(async (_: unknown, command: Command) => {
      // `--inside` is a flag of `lab`, which takes it wherever it stands.
      const flags = command.optsWithGlobals<HostileFlags>();
      if (flags.inside !== true) {
        process.exitCode = await outside([...argvFor(flags), "--inside"], {});
        return;
      }
      const { hostile } = await import("../lab/hostile/hostile.ts");
      const { count, seed, only = null, kind = null, log = null } = flags;
      process.exitCode = await hostile({ bundle: bundle(), count, seed, only, kind, log });
      if (process.connected) process.disconnect();
    });
}

function argvFor({ count, seed, only, kind, log }: HostileFlags): string[] {
  return [
    ...[process.execPath, bundle(), "lab", "hostile", "--count", String(count), "--seed", String(seed)],
    ...(only === undefined ? [] : ["--only", String(only)]),
    ...(kind === undefined ? [] : ["--kind", kind]),
    ...(log === undefined ? [] : ["--log", log]),
  ];
}
