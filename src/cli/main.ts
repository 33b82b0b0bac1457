import { Command } from "commander";
import { exitCode, exitCodeOf, messageOf } from "../errors.ts";
import { leadsToJournal, withPriority } from "../program/journal.ts";
import { version } from "../version.ts";
import { configCommand } from "./config.ts";
import { downCommand } from "./down.ts";
import { installCommand } from "./install.ts";
import { labCommand } from "./lab.ts";
import { probeCommand } from "./probe.ts";
import { reloadCommand } from "./reload.ts";
import { replayCommand } from "./replay.ts";
import { attachCommand, detachCommand } from "./resources.ts";
import { statusCommand } from "./status.ts";
import { internetCommand, networkdCommand, upCommand } from "./up.ts";
import { vantageCommand } from "./vantage.ts";

const examples = `
Examples:
  zos-boot up --log-file /var/log/zos-boot.json   boot this node and keep it on the Internet
  zos-boot probe                                  which NIC would be chosen, and why?
  zos-boot config                                 with which configuration, and where is each value from?
  zos-boot reload                                 have the boot read its configuration anew, and tell what changed
  zos-boot status --wait online --timeout 30s     wait until workloads reach the Internet
  zos-boot attach nr1                             let the namespace nr1 reach the Internet through ndmz
  zos-boot vantage --listen [::]:7333             tell nodes elsewhere whether IPv6 gets in to them
  zos-boot down                                   take everything away again
  zos-boot lab home-v4                            boot a simulated node that gets no IPv6
  zos-boot lab dead-7 --inspect --keep            see it boot, in a browser
  zos-boot lab --scenario cable-out-2s            pull the cable of a node that runs, with flows through it
  zos-boot replay boot.jsonl                      see a boot that was recorded with --record

Exit codes (sysexits(3)): 0 done, 64 usage, 69 a tool or service is missing, 70 bug, 75 try later, 77 not root,
78 bad configuration.`;

const program = new Command("zos-boot")
  .description("Brings a bare zos node onto the Internet and keeps it there.")
  .version(version)
  .addHelpText("after", examples)
  .exitOverride((error) => {
    process.exit(error.exitCode === 0 ? exitCode.done : exitCode.usage);
  });
const commands = [
  upCommand,
  internetCommand,
  networkdCommand,
  downCommand,
  probeCommand,
  statusCommand,
  configCommand,
  reloadCommand,
  attachCommand,
  detachCommand,
  installCommand,
  labCommand,
  replayCommand,
  vantageCommand,
];
for (const command of commands) {
  program.addCommand(command().copyInheritedSettings(program));
}

try {
  await program.parseAsync();
} catch (error) {
  const isBug = exitCodeOf(error) === exitCode.software && error instanceof Error;
  const text = [`zos-boot: ${messageOf(error)}`, ...(isBug ? [error.stack ?? ""] : [])].join("\n");
  process.stderr.write(`${leadsToJournal(2, process.env) ? withPriority("error", text) : text}\n`);
  process.exit(exitCodeOf(error));
}
