import { realpathSync } from "node:fs";
import { Command, Option } from "commander";

interface LabFlags {
  json?: true;
  keep?: true;
  list?: true;
  inside?: true;
}

/** What the lab inside the sandbox tells the command outside of it: pid 1 of the node that stays. */
interface Kept {
  keptPid: number;
}

/** `zos-boot lab`: boots a node in a farm of private namespaces, proves with real traffic what it can do, and removes all. */
export function labCommand(): Command {
  const command = new Command("lab")
    .description("boot a node in a simulated farm made of private namespaces and prove what it can do; needs root")
    .argument("[layout]", "which surroundings the node has")
    .option("--json", "print one JSON object")
    .addOption(
      new Option("--keep", "leave everything running until Ctrl-C, and say how to look inside").conflicts("json"),
    )
    .option("--list", "list the layouts")
    .addOption(new Option("--inside").hideHelp())
    .action(lab);
  command
    .command("sandbox", { hidden: true })
    .argument("<command...>")
    .action(async (argv: string[]) => {
      process.exitCode = await outside(argv);
    });
  command.command("agent", { hidden: true }).argument("<verb>").argument("[args...]").action(agent);
  return command;
}

async function lab(name: string | undefined, flags: LabFlags): Promise<void> {
  const { layoutNamed, layouts } = await import("../lab/layouts.ts");
  const layout = name === undefined ? layouts[0] : layoutNamed(name);
  if (flags.list === true) {
    const width = Math.max(...layouts.map((each) => each.name.length));
    for (const each of layouts) process.stdout.write(`${each.name.padEnd(width)}  ${each.summary}\n`);
    return;
  }
  const bundle = realpathSync(process.argv[1] ?? "");
  if (flags.inside !== true) {
    process.exitCode = await outside([process.execPath, bundle, "lab", layout.name, "--inside", ...passedOn(flags)]);
    return;
  }
  const { runLab } = await import("../lab/run.ts");
  process.exitCode = await runLab({
    layout,
    bundle,
    isJson: flags.json === true,
    keep: flags.keep === true ? ({ pid }) => process.send?.({ keptPid: pid } satisfies Kept) : null,
  });
  if (process.connected) process.disconnect();
}

function passedOn({ json, keep }: LabFlags): string[] {
  return [...(json === true ? ["--json"] : []), ...(keep === true ? ["--keep"] : [])];
}

async function outside(command: string[]): Promise<number> {
  const { pidOutside, runInSandbox } = await import("../lab/outside.ts");
  return runInSandbox(command, (message, sandboxPid) => {
    const { keptPid } = message as Partial<Kept>;
    if (keptPid === undefined) return;
    void pidOutside(sandboxPid, keptPid).then((pid) => {
      process.stdout.write(
        [
          "",
          "The node stays as it is until Ctrl-C. A shell in it:",
          `  nsenter --target ${pid ?? "?"} --net --mount --pid --uts --ipc`,
          "",
        ].join("\n"),
      );
    });
  });
}

async function agent(verb: string, args: string[]): Promise<void> {
  const { runAgent } = await import("../lab/agent.ts");
  await runAgent([verb, ...args]);
}
