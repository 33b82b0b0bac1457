import * as v from "valibot";
import { defaultSettings, type NodeSettings, schema, settingKeys } from "./schema.ts";
import { environmentSource, fileSource, flagSource, kernelSource, type Flags, type Source } from "./sources.ts";
import { BootError } from "../errors.ts";
import { readText } from "../os/files.ts";
import { isListed } from "../policy/selection.ts";

export { defaultSettings, type NodeSettings } from "./schema.ts";

/** Where the configuration is looked for when no file is named; it need not exist there. */
export const defaultConfigFile = "/etc/zos-boot.yaml";

/** The settings of a node, and where each of them is from. */
export interface Configuration {
  settings: NodeSettings;
  /** `default`, a file's path, an environment variable's name, `kernel command line` or a flag. */
  origins: Record<keyof NodeSettings, string>;
}

/** Everything that configuration is read from. */
export interface ConfigPlaces {
  /** A YAML file that must exist, or null for the default one, which need not. */
  file: string | null;
  environment: Record<string, string | undefined>;
  kernelFile: string;
  flags: Flags;
}

/**
 * Reads the configuration from all its places: file, environment, kernel command line and flags, the later ones first.
 *
 * @throws BootError `bad-config` that names source, key, value and what would be accepted
 */
export async function readConfig({ file, environment, kernelFile, flags }: ConfigPlaces): Promise<Configuration> {
  const path = file ?? defaultConfigFile;
  const [text, commandLine] = await Promise.all([readText(path), readText(kernelFile)]);
  if (text === null && file !== null) throw new BootError("bad-config", `configuration file ${path} does not exist`);
  return configure([
    fileSource(text ?? "", path),
    environmentSource(environment),
    kernelSource(commandLine ?? ""),
    flagSource(flags),
  ]);
}

/**
 * Checks each source against the schema; for every key the last source that has it counts.
 *
 * @throws BootError `bad-config` with a line for each fault of any source
 */
export function configure(sources: Source[]): Configuration {
  const results = sources.map((source) => ({ source, result: v.safeParse(schema, source.values) }));
  const faults = results.flatMap(({ source, result }) =>
    (result.issues ?? []).map((issue) => `${source.place}: ${explain(issue, source)}`),
  );
  if (faults.length > 0) throw new BootError("bad-config", faults.join("\n"));
  const settings: NodeSettings = { ...defaultSettings };
  const origins = Object.fromEntries(settingKeys.map((key) => [key, "default"])) as Configuration["origins"];
  for (const { source, result } of results) {
    Object.assign(settings, result.output);
    for (const key of settingKeys.filter((each) => Object.hasOwn(result.output as object, each)))
      origins[key] = source.originOf(key);
  }
  checkPins(settings, origins);
  return { settings, origins };
}

/** A NIC that is ignored can be neither the uplink nor the exit, whichever places say so. */
function checkPins(settings: NodeSettings, origins: Configuration["origins"]): void {
  for (const key of ["uplink", "exit"] as const) {
    const nic = settings[key];
    if (nic === null || !isListed(nic, settings.ignoreNics)) continue;
    const ignored = `ignoreNics ${JSON.stringify(settings.ignoreNics)} (${origins.ignoreNics})`;
    throw new BootError(
      "bad-config",
      `${origins[key]}: ${key}: ${JSON.stringify(nic)} is not accepted beside ${ignored}: a NIC is pinned or ignored`,
    );
  }
}

function explain(issue: v.BaseIssue<unknown>, { nameOf }: Source): string {
  const [key, ...inner] = (issue.path ?? []).map((item) => String(item.key));
  if (key === undefined) return "a mapping of keys to values is expected";
  if (issue.type === "strict_object")
    return `unknown key ${nameOf(key)}; known are ${settingKeys.map(nameOf).join(", ")}`;
  return `${[nameOf(key), ...inner].join(".")}: ${JSON.stringify(issue.input)} is not ${issue.message}`;
}
