import { Command, InvalidArgumentError, Option } from "commander";
import type { StartRecord } from "../inspect/recording/records.ts";
import type { Layout } from "../lab/layouts/layout.ts";
import { type ProcessManager, processManagers } from "../lab/farm/process-managers.ts";
import { streamFd } from "../lab/farm/sandbox.ts";
import { benchCommand } from "./bench.ts";
import { hostileCommand } from "./hostile.ts";
import { type InspectionFlags, openSinks, withInspectionOptions } from "./inspection.ts";
import { isOfScenarios, playScenarios, soakCommand, withScenarioOptions } from "./scenarios.ts";
import { bundle } from "./bundle.ts";

interface LabFlags extends InspectionFlags {
  all?: true;
  json?: true;
  keep?: true;
  list?: true;
  matrix?: true;
  scenario?: string;
  scenarios?: true;
  farm?: string;
  farms?: string;
  delays: number;
  dhcpClient?: string;
  supervisor?: ProcessManager;
  inside?: true;
}

/** What the lab inside the sandbox tells the command outside of it: pid 1 of the node that stays. */
interface Kept {
  keptPid: number;
}

/** Who reaches whom is tried once, and nothing is left to be looked at. */
const matrixOption = new Option("--matrix", "try with real traffic who reaches whom, see docs/reach.md").conflicts([
  ...["all", "keep", "inspect", "record", "supervisor", "dhcpClient"],
  ...["scenario", "scenarios", "farm", "farms"],
]);

/** `zos-boot lab`: boots a node in a farm of private namespaces, proves with real traffic what it can do, and removes all. */
export function labCommand(): Command {
  const command = withScenarioOptions(withInspectionOptions(new Command("lab")))
    .description("boot a node in a simulated farm made of private namespaces and prove what it can do; needs root")
    .argument("[layout]", "which surroundings the node has")
    .addOption(matrixOption)
    .addOption(new Option("--all", "boot every layout, and print one table").conflicts(["keep", "inspect", "record"]))
    .option("--json", "print one JSON object, or with --all an array of them")
    .addOption(
      new Option("--keep", "leave everything running until Ctrl-C, and say how to look inside").conflicts("json"),
    )
    .option("--list", "list the layouts, or with --scenarios the scenarios")
    .option(
      "--delays <factor>",
      "multiply what a layout makes the boot wait for by this, such as 0.1; above 1 the lab is as patient too",
      positive,
      1,
    )
    .addOption(
      new Option("--dhcp-client <program>", "what gets the node's leases").choices(["auto", "dhcpcd", "udhcpc"]),
    )
    .addOption(
      new Option(
        "--supervisor <who>",
        "give the node a zinit of this protocol (zinit: text) or none, and prove that its lease outlives the program",
      ).choices(Object.keys(processManagers)),
    )
    .addOption(new Option("--inside").hideHelp())
    .action(lab);
  command
    .command("sandbox", { hidden: true })
    .argument("<command...>")
    .action(async (argv: string[]) => {
      process.exitCode = await outside(argv, {});
    });
  command.addCommand(soakCommand(outside));
  command.addCommand(benchCommand(outside));
  command.addCommand(hostileCommand(outside));
  command.command("agent", { hidden: true }).argument("<verb>").argument("[args...]").action(agent);
  return command;
}

function positive(text: string): number {
  const factor = Number(text);
  if (text.trim() !== "" && factor > 0 && factor <= 100) return factor;
  throw new InvalidArgumentError("a number above 0, at most 100, is expected.");
}

async function lab(name: string | undefined, flags: LabFlags, command: Command): Promise<void> {
  if (isOfScenarios(flags)) {
    if (name !== undefined) command.error("error: a scenario has its own layout: name none", { exitCode: 64 });
    return playScenarios(flags, outside);
  }
  const { layoutNamed, layouts } = await import("../lab/layouts/catalogue.ts");
  const layout = name === undefined ? layouts[0] : layoutNamed(name);
  if (flags.list === true) {
    const width = Math.max(...layouts.map((each) => each.name.length));
    for (const each of layouts) process.stdout.write(`${each.name.padEnd(width)}  ${each.summary}\n`);
    return;
  }
  if (flags.all === true) {
    if (name !== undefined) command.error("error: --all boots every layout: name none", { exitCode: 64 });
    return labAll(flags);
  }
  if (flags.inside !== true) {
    process.exitCode = await outside([...argvOf(layout), "--inside", ...passedOn(flags)], flags);
    return;
  }
  return inside(layout, flags);
}

async function inside(layout: Layout, flags: LabFlags): Promise<void> {
  if (flags.matrix === true) {
    const { tryMatrix } = await import("../lab/running/try-matrix.ts");
    process.exitCode = await tryMatrix({ layout, bundle: bundle(), isJson: flags.json === true });
  } else await insideOnce(layout, flags);
  if (process.connected) process.disconnect();
}

async function insideOnce(
  layout: Layout,
  { json, keep, delays, dhcpClient, supervisor, recordFd, redact }: LabFlags,
): Promise<void> {
  const [{ runLab }, { withDelays }] = await Promise.all([
    import("../lab/running/boot-layout.ts"),
    import("../lab/layouts/delays.ts"),
  ]);
  process.exitCode = await runLab({
    layout: delays === 1 ? layout : withDelays(layout, delays),
    bundle: bundle(),
    settings: dhcpClient === undefined ? [] : [`dhcpClient: ${dhcpClient}`],
    isJson: json === true,
    slowness: Math.max(1, delays),
    manager: supervisor ?? null,
    keep: keep === true ? ({ pid }) => process.send?.({ keptPid: pid } satisfies Kept) : null,
    stream: recordFd === undefined ? null : { flags: redact === true ? ["--redact"] : [], fd: Number(recordFd) },
  });
}

async function labAll(flags: LabFlags): Promise<void> {
  const [{ layouts }, { bootAll }] = await Promise.all([
    import("../lab/layouts/catalogue.ts"),
    import("../lab/running/boot-every-layout.ts"),
  ]);
  process.exitCode = await bootAll({
    layouts,
    argvFor: (layout) => [...argvOf(layout), ...passedOn({ ...flags, json: true })],
    isJson: flags.json === true,
  });
}

function argvOf({ name }: Layout): string[] {
  return [process.execPath, bundle(), "lab", name];
}

function passedOn({ json, matrix, keep, delays, dhcpClient, supervisor, inspect, record, redact }: LabFlags): string[] {
  return [
    ...(json === true ? ["--json"] : []),
    ...(matrix === true ? ["--matrix"] : []),
    ...(keep === true ? ["--keep"] : []),
    ...(delays === 1 ? [] : ["--delays", String(delays)]),
    ...(dhcpClient === undefined ? [] : ["--dhcp-client", dhcpClient]),
    ...(supervisor === undefined ? [] : ["--supervisor", supervisor]),
    ...(inspect === undefined && record === undefined ? [] : ["--record-fd", String(streamFd)]),
    ...(redact === true ? ["--redact"] : []),
  ];
}

/** Nothing outside reaches the node: its stream comes out as lines, and is shown and recorded here. */
async function outside(command: string[], flags: Omit<LabFlags, "delays">): Promise<number> {
  const { pidOutside, runInSandbox } = await import("../lab/farm/sandbox-process.ts");
  let startedAt = Date.now();
  const sinks = await openSinks(flags, {
    mode: "live",
    clock: () => Date.now() - startedAt,
    output: flags.json === true ? process.stderr : process.stdout,
  });
  const onMessage = (message: unknown, sandboxPid: number) => {
    const { keptPid } = message as Partial<Kept>;
    if (keptPid === undefined) return;
    void pidOutside(sandboxPid, keptPid).then((pid) => {
      process.stdout.write(
        [
          "",
          "The node stays as it is until Ctrl-C. A shell in it:",
          `  nsenter --target ${pid ?? "?"} --net --mount --root --wd --pid --uts --ipc`,
          "",
        ].join("\n"),
      );
    });
  };
  let isFirst = true;
  const onLine = (line: string) => {
    if (isFirst) startedAt = Date.parse((JSON.parse(line) as StartRecord).startedAt);
    isFirst = false;
    for (const sink of sinks) sink.write(line);
  };
  const code = await runInSandbox(command, sinks.length === 0 ? { onMessage } : { onMessage, onLine });
  await Promise.all(sinks.map((sink) => sink.close()));
  return code;
}

async function agent(verb: string, args: string[]): Promise<void> {
  const { runAgent } = await import("../lab/farm/agent.ts");
  await runAgent([verb, ...args]);
}
