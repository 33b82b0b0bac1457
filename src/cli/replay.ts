import { once } from "node:events";
import { Command } from "commander";
import { exitCode } from "../errors.ts";
import { inspectOption, openSinks } from "./inspection.ts";

/** The command `replay`: a recording in the live page. */
export function replayCommand(): Command {
  return new Command("replay")
    .description("show a recording that `--record` wrote, until Ctrl-C; needs neither root nor the node")
    .argument("<file>")
    .addOption(inspectOption())
    .action(replay);
}

async function replay(file: string, { inspect = true }: { inspect?: string | true }): Promise<void> {
  const { readRecording } = await import("../inspect/recording/recording-file.ts");
  const records = await readRecording(file);
  const endMs = records.reduce((latest, { atMs }) => Math.max(latest, atMs), 0);
  const sinks = await openSinks({ inspect }, { mode: "replay", clock: () => endMs, output: process.stdout });
  if (sinks.length === 0) process.exit(exitCode.unavailable);
  for (const record of records) for (const sink of sinks) sink.write(JSON.stringify(record));
  await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
  await Promise.all(sinks.map((sink) => sink.close()));
  process.exit();
}
