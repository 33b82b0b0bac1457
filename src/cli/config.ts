import { Command } from "commander";
import { type Configuration, faultless } from "../config/load.ts";
import { settingKeys } from "../config/schema.ts";
import { type ConfigOptions, configurationFor, withConfigOptions } from "./options.ts";
import { tableOf } from "./table.ts";

/** The command `config`: the configuration, and where each value is from. */
export function configCommand(): Command {
  return withConfigOptions(new Command("config"))
    .description(
      "print the configuration that a boot would run with, and where each value is from; exit 78 when it is bad",
    )
    .option("--json", "print it as JSON")
    .action(config);
}

async function config({ json = false, ...options }: ConfigOptions & { json?: boolean }): Promise<void> {
  const { settings, origins } = faultless(await configurationFor(options));
  const rows = settingKeys.map((key) => ({ key, value: settings[key], origin: origins[key] }));
  process.stdout.write(
    json
      ? `${JSON.stringify(Object.fromEntries(rows.map(({ key, ...rest }) => [key, rest])), null, 2)}\n`
      : tableOf(rows.map(({ key, value, origin }) => [key, textOf(value), origin])),
  );
}

/** A value as it stands on a kernel command line. */
function textOf(value: Configuration["settings"][keyof Configuration["settings"]]): string {
  if (value === null) return "-";
  return typeof value === "object" ? Object.values(value).join(",") || "-" : String(value);
}
