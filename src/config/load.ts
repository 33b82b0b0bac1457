import * as v from "valibot";
import { defaultSettings, type NodeSettings, schema, settingKeys } from "./schema.ts";
import { environmentSource, flagSource, kernelSource, type Flags, type Source } from "./sources.ts";
import { BootError, messageOf } from "../errors.ts";
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
  /** What is wrong in any place, one line each that names source, key, value and what would be accepted; it is left out. */
  faults: string[];
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
 * Reads the configuration from all its places: file, environment, kernel command line and flags, the later ones first. A
 * place that cannot be read is left out, as a key is that is wrong: the faults tell.
 */
export async function readConfig({ file, environment, kernelFile, flags }: ConfigPlaces): Promise<Configuration> {
  const path = file ?? defaultConfigFile;
  const [filed, kernel] = await Promise.all([
    readable(path, `configuration file ${path}`),
    readable(kernelFile, "kernel command line"),
  ]);
  const isAbsent = filed.text === null && filed.faults.length === 0 && file !== null;
  const { sources, faults } = filed.text === null ? { sources: [], faults: [] } : await yamlSource(filed.text, path);
  const others = [environmentSource(environment), kernelSource(kernel.text ?? ""), flagSource(flags)];
  const read = configure([...sources, ...others]);
  const absent = isAbsent ? [`configuration file ${path} does not exist`] : [];
  return { ...read, faults: [...filed.faults, ...absent, ...faults, ...kernel.faults, ...read.faults] };
}

/** A file's text; one that is there but cannot be read has none, and a fault. */
async function readable(path: string, what: string): Promise<{ text: string | null; faults: string[] }> {
  try {
    return { text: await readText(path), faults: [] };
  } catch (error) {
    return { text: null, faults: [`${what} cannot be read: ${messageOf(error)}`] };
  }
}

/** What reads YAML is loaded only where there is a file. */
async function yamlSource(text: string, path: string): Promise<{ sources: Source[]; faults: string[] }> {
  const { fileSource } = await import("./file-source.ts");
  try {
    return { sources: [fileSource(text, path)], faults: [] };
  } catch (error) {
    return { sources: [], faults: [messageOf(error)] };
  }
}

/**
 * The configuration itself, when nothing in it is wrong.
 *
 * @throws BootError `bad-config` with a line for each fault of any source
 */
export function faultless(configuration: Configuration): Configuration {
  if (configuration.faults.length > 0) throw new BootError("bad-config", configuration.faults.join("\n"));
  return configuration;
}

/**
 * Checks each source against the schema; for every key the last source that has it counts. A key that is wrong is left out
 * of its source, so that a lower one or the default counts, and a source that is no mapping is left out whole.
 */
export function configure(sources: Source[]): Configuration {
  const settings: NodeSettings = { ...defaultSettings };
  const origins = Object.fromEntries(settingKeys.map((key) => [key, "default"])) as Configuration["origins"];
  const faults: string[] = [];
  for (const source of sources) {
    const { values, issues } = readableIn(source);
    faults.push(...issues.map((issue) => `${source.place}: ${explain(issue, source)}`));
    Object.assign(settings, values);
    for (const key of settingKeys.filter((each) => Object.hasOwn(values, each))) origins[key] = source.originOf(key);
  }
  const conflicts = conflictsIn(settings, origins);
  for (const { key } of conflicts) Object.assign(settings, { [key]: null });
  for (const { key } of conflicts) origins[key] = "default";
  return { settings, origins, faults: [...faults, ...conflicts.map(({ fault }) => fault)] };
}

/** What of a source is as the schema has it, and what is wrong with the rest; each key is looked at by itself. */
function readableIn({ values }: Source): { values: Partial<NodeSettings>; issues: v.BaseIssue<unknown>[] } {
  const isMapping = typeof values === "object" && values !== null && !Array.isArray(values);
  const parts = isMapping ? Object.entries(values).map(([key, value]) => ({ [key]: value as unknown })) : [null];
  const results = parts.map((part) => v.safeParse(schema, part));
  const right = results.flatMap(({ success, output }) => (success ? [output as Partial<NodeSettings>] : []));
  return {
    values: Object.assign({}, ...right) as Partial<NodeSettings>,
    issues: results.flatMap((each) => each.issues ?? []),
  };
}

/** A NIC that is ignored can be neither the uplink nor the exit, whichever places say so; it stays ignored. */
function conflictsIn(settings: NodeSettings, origins: Configuration["origins"]) {
  return (["uplink", "exit"] as const).flatMap((key) => {
    const nic = settings[key];
    if (nic === null || !isListed(nic, settings.ignoreNics)) return [];
    const ignored = `ignoreNics ${JSON.stringify(settings.ignoreNics)} (${origins.ignoreNics})`;
    const words = `${JSON.stringify(nic)} is not accepted beside ${ignored}: a NIC is pinned or ignored`;
    return [{ key, fault: `${origins[key]}: ${key}: ${words}` }];
  });
}

function explain(issue: v.BaseIssue<unknown>, { nameOf }: Source): string {
  const [key, ...inner] = (issue.path ?? []).map((item) => String(item.key));
  if (key === undefined) return "a mapping of keys to values is expected";
  if (issue.type === "strict_object" && inner.length === 0)
    return `unknown key ${nameOf(key)}; known are ${settingKeys.map(nameOf).join(", ")}`;
  return `${[nameOf(key), ...inner].join(".")}: ${shown(issue.input)} is not ${issue.message}`;
}

/** A value without what may be a secret: user and password of a URL (RFC 3986 section 3.2.1), a key. Logs are read by many. */
function shown(value: unknown): string {
  return JSON.stringify(value ?? null)
    .replaceAll(/[^"\s/]+@/g, "…@")
    .replaceAll(/-----BEGIN [A-Z ]*PRIVATE KEY-----[^"]*/g, "…");
}
