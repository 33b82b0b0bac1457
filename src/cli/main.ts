import { Command } from "commander";
import { exitCode, exitCodeOf, messageOf } from "../errors.ts";
import { leadsToJournal, withPriority } from "../program/journal.ts";
import { version } from "../version.ts";

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

/** Only the command that is meant is loaded; for help, or a word that is none, all are. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  up: async () => (await import("./up.ts")).upCommand(),
  internet: async () => (await import("./up.ts")).internetCommand(),
  networkd: async () => (await import("./up.ts")).networkdCommand(),
  down: async () => (await import("./down.ts")).downCommand(),
  probe: async () => (await import("./probe.ts")).probeCommand(),
  status: async () => (await import("./status.ts")).statusCommand(),
  config: async () => (await import("./config.ts")).configCommand(),
  reload: async () => (await import("./reload.ts")).reloadCommand(),
  attach: async () => (await import("./resources.ts")).attachCommand(),
  detach: async () => (await import("./resources.ts")).detachCommand(),
  install: async () => (await import("./install.ts")).installCommand(),
  lab: async () => (await import("./lab.ts")).labCommand(),
  replay: async () => (await import("./replay.ts")).replayCommand(),
  vantage: async () => (await import("./vantage.ts")).vantageCommand(),
};

/** Nothing that this program or a tool of it makes may be written by others, whatever whoever starts it allows. */
const othersWrite = 0o022;

async function main(): Promise<void> {
  process.umask(process.umask(othersWrite) | othersWrite);
  const program = new Command("zos-boot")
    .description("Brings a bare zos node onto the Internet and keeps it there.")
    .version(version)
    .addHelpText("after", examples)
    .exitOverride((error) => {
      process.exit(error.exitCode === 0 ? exitCode.done : exitCode.usage);
    });
  const [word = ""] = process.argv.slice(2);
  const meant = Object.hasOwn(commands, word) ? [word] : word === "--version" ? [] : Object.keys(commands);
  for (const name of meant) {
    const command = await commands[name]?.();
    if (command !== undefined) program.addCommand(command.copyInheritedSettings(program));
  }
  await program.parseAsync();
}

main().catch((error: unknown) => {
  const isBug = exitCodeOf(error) === exitCode.software && error instanceof Error;
  const text = [`zos-boot: ${messageOf(error)}`, ...(isBug ? [error.stack ?? ""] : [])].join("\n");
  process.stderr.write(`${leadsToJournal(2, process.env) ? withPriority("error", text) : text}\n`);
  process.exit(exitCodeOf(error));
});
