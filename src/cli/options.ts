import { Option } from "commander";
import { readConfig } from "../config.ts";
import type { Settings } from "../contract.ts";

/** Options that several commands share. */
export interface CommonOptions {
  config?: string;
  logFile?: string;
  logLevel: string;
}

export const configOption = () =>
  new Option("--config <file>", "configuration file (default: /etc/zos-boot.yaml, if it exists)");
export const logFileOption = () =>
  new Option("--log-file <file>", "write the JSON log to a file (default: stderr, unless that is a terminal)");
export const logLevelOption = () =>
  new Option("--log-level <level>", "what to log; debug has every command")
    .choices(["debug", "info", "warn", "error"])
    .default("info");

/** The settings that a command runs with. */
export function settingsFor(options: { config?: string }): Promise<Settings> {
  return readConfig(options.config ?? null);
}
