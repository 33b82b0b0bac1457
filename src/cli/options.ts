import { type Command, Option } from "commander";
import { type Configuration, faultless, type NodeSettings, readConfig } from "../config/load.ts";
import type { Level } from "../program/log.ts";

/** Options that several commands share. */
export interface CommonOptions extends ConfigOptions {
  logFile?: string;
  logLevel: Level;
}

/** What flags say about the configuration. */
export interface ConfigOptions {
  config?: string;
  isolation?: string;
  ignoreNic?: string[];
  uplink?: string;
  exit?: string;
  preferPublic?: boolean;
  dhcpClient?: string;
  supervisor?: string;
}

/** The option `--log-file`. */
export const logFileOption = () => new Option("--log-file <file>", "write a JSON log to a file");
/** The option `--log-level`. */
export const logLevelOption = () =>
  new Option("--log-level <level>", "what to log; debug has every command")
    .choices(["debug", "info", "warn", "error"])
    .default("info");

/** Gives a command the flags of the configuration; their values are checked with all others, by `settingsFor`. */
export function withConfigOptions(command: Command): Command {
  return command
    .option("--config <file>", "configuration file (default: /etc/zos-boot.yaml, if it exists)")
    .option("--isolation <how>", "how a NIC gets into its probe's namespace: auto, passthru or move")
    .addOption(
      new Option("--ignore-nic <name>", "leave a NIC alone, or all of eth*; may be given several times").argParser(
        (name: string, before: string[] | undefined) => [...(before ?? []), name],
      ),
    )
    .option("--uplink <nic>", "the NIC that must become the uplink")
    .option("--exit <nic>", "the NIC through which workloads must leave")
    .option("--prefer-public", "public gateways go before private ones")
    .option("--no-prefer-public", "private gateways go before public ones")
    .option("--dhcp-client <program>", "what gets leases: auto, dhcpcd or udhcpc")
    .option("--supervisor <who>", "who keeps DHCP clients alive: auto, zinit or embedded");
}

/**
 * The settings that a command runs with.
 *
 * @throws BootError `bad-config` as faultless
 */
export async function settingsFor(options: ConfigOptions): Promise<NodeSettings> {
  return faultless(await configurationFor(options)).settings;
}

/** The settings that a command runs with, where each of them is from, and what is wrong with the rest. */
export function configurationFor({ config, ignoreNic, preferPublic, ...texts }: ConfigOptions): Promise<Configuration> {
  return readConfig({
    file: config ?? null,
    environment: process.env,
    kernelFile: "/proc/cmdline",
    flags: {
      isolation: texts.isolation,
      uplink: texts.uplink,
      exit: texts.exit,
      supervisor: texts.supervisor,
      ignoreNics: ignoreNic?.join(","),
      preferPublic: preferPublic === undefined ? undefined : String(preferPublic),
      dhcpClient: texts.dhcpClient,
    },
  });
}
