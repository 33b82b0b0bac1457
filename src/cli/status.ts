import { Command, Option } from "commander";
import { exitCode } from "../errors.ts";
import { type StepName, stepNames } from "../policy/steps.ts";
import { awaitState } from "../program/await-state.ts";
import { isBootRunning } from "../program/control.ts";
import { readStatus } from "../program/status-file.ts";
import { type BootSighting, watchBoot } from "../program/watch-boot.ts";
import { parseDuration } from "./duration.ts";
import { reportOf, textOf, toldOf } from "./status-report.ts";

interface StatusFlags {
  json?: true;
  metrics?: true;
  watch?: true;
  wait?: StepName;
  /** Milliseconds. */
  timeout?: number;
}

/** `zos-boot status`: tells where the boot is, once, whenever that changes, or when it has come to a step. */
export function statusCommand(): Command {
  return new Command("status")
    .description(
      "tell where the boot is, and what addresses the node has; exit 0 when online, 75 when not (yet), 69 when none runs",
    )
    .option("--json", "print the whole status as JSON, see docs/status.schema.json; with --watch one line each")
    .addOption(
      new Option("--metrics", "print what is counted and measured, for Prometheus, in its text format").conflicts([
        "json",
        "watch",
      ]),
    )
    .option("--watch", "tell it anew whenever it changes, until Ctrl-C")
    .addOption(
      new Option("--wait <state>", "tell it when the boot comes to this step, also one that starts only later")
        .choices(stepNames)
        .conflicts("watch"),
    )
    .option("--timeout <duration>", "wait no longer than this, such as 30s; then exit 75", parseDuration)
    .action(status);
}

async function status(flags: StatusFlags, command: Command): Promise<void> {
  if (flags.timeout !== undefined && flags.wait === undefined)
    command.error("error: option '--timeout <duration>' needs --wait <state>", { exitCode: exitCode.usage });
  if (flags.watch === true) return watchStatus(flags);
  if (flags.wait !== undefined) return waitFor(flags.wait, flags);
  const now = { isRunning: await isBootRunning(), status: await readStatus() };
  await tell(now, flags);
  if (!now.isRunning) process.exitCode = exitCode.unavailable;
  else if (now.status?.state !== "online") process.exitCode = exitCode.tempFail;
}

async function tell(sighting: BootSighting, { json, metrics, watch }: StatusFlags): Promise<void> {
  const told = await toldOf(sighting);
  if (metrics === true) process.stdout.write(await (await import("./metrics.ts")).metricsOf(told));
  else if (json !== true) process.stdout.write(watch === true ? `${textOf(told)}\n` : textOf(told));
  else process.stdout.write(`${JSON.stringify(reportOf(told), null, watch === true ? 0 : 2)}\n`);
}

async function watchStatus(flags: StatusFlags): Promise<void> {
  const ending = new AbortController();
  const end = () => ending.abort();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, end);
  process.stdout.on("error", end); // Nobody reads any more.
  for await (const sighting of watchBoot(ending.signal)) await tell(sighting, flags);
}

async function waitFor(state: StepName, flags: StatusFlags): Promise<void> {
  const signal = flags.timeout === undefined ? new AbortController().signal : AbortSignal.timeout(flags.timeout);
  const came = await awaitState(state, signal);
  if (came !== null) return tell(came, flags);
  process.stderr.write(`zos-boot: the boot did not come to ${state} in time\n`);
  process.exitCode = exitCode.tempFail;
}
