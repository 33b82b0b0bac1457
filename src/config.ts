import * as v from "valibot";
import { parse } from "yaml";
import type { Settings } from "./contract.ts";
import { BootError, messageOf } from "./errors.ts";
import { readText } from "./os/files.ts";
import { parseTarget } from "./policy/target.ts";

/** Where the configuration is looked for when no file is named; it need not exist there. */
export const defaultConfigFile = "/etc/zos-boot.yaml";

const milliseconds = (least: number, most: number) =>
  v.pipe(
    v.number(`a whole number of milliseconds from ${least} to ${most}`),
    v.integer(`a whole number of milliseconds from ${least} to ${most}`),
    v.minValue(least, `a whole number of milliseconds from ${least} to ${most}`),
    v.maxValue(most, `a whole number of milliseconds from ${least} to ${most}`),
  );

const linkKind = v.pipe(
  v.string("a kind of link"),
  v.regex(/^[a-z][a-z0-9_]{0,31}$/, "a kind of link such as physical or veth"),
);
const target = v.pipe(v.string("HOST:PORT"), v.check(isTarget, "HOST:PORT, IPV4:PORT or [IPV6]:PORT"));

const schema = v.strictObject({
  isolation: v.optional(v.picklist(["auto", "passthru", "move"], "auto, passthru or move"), "auto"),
  nicKinds: v.optional(
    v.pipe(v.array(linkKind, "a list of kinds of links"), v.minLength(1, "at least one kind of link")),
    ["physical"],
  ),
  reachTargets: v.optional(v.pipe(v.array(target, "a list of targets"), v.minLength(1, "at least one target")), [
    "bootstrap.grid.tf:80",
    "hub.grid.tf:80",
  ]),
  probeTimeoutMs: v.optional(milliseconds(1_000, 600_000), 20_000),
  preferPrivateMs: v.optional(milliseconds(0, 60_000), 3_000),
});

/** The settings of a node without a configuration file. */
export const defaultSettings: Settings = v.parse(schema, {});

/**
 * Reads the configuration.
 *
 * @param file a YAML file that must exist, or null for the default one, which need not
 * @throws BootError `bad-config` that names the key, the value and what would be accepted
 */
export async function readConfig(file: string | null): Promise<Settings> {
  const path = file ?? defaultConfigFile;
  const text = await readText(path);
  if (text === null && file !== null) throw new BootError("bad-config", `configuration file ${path} does not exist`);
  return parseConfig(text ?? "", path);
}

/**
 * Checks the text of a configuration file against the schema and fills in defaults.
 *
 * @throws BootError `bad-config`
 */
export function parseConfig(text: string, path: string): Settings {
  let data: unknown;
  try {
    data = parse(text) ?? {};
  } catch (error) {
    throw new BootError("bad-config", `${path} is no YAML: ${messageOf(error).split("\n")[0] ?? ""}`, { cause: error });
  }
  const result = v.safeParse(schema, data);
  if (result.success) return result.output;
  throw new BootError("bad-config", result.issues.map((issue) => `${path}: ${explain(issue)}`).join("\n"));
}

function explain(issue: v.BaseIssue<unknown>): string {
  const key = v.getDotPath(issue);
  if (key === null) return "a mapping of keys to values is expected";
  const isUnknown = issue.type === "strict_object";
  if (isUnknown) return `unknown key ${key}; known are ${Object.keys(schema.entries).join(", ")}`;
  return `${key}: ${JSON.stringify(issue.input)} is not ${issue.message}`;
}

function isTarget(text: string): boolean {
  try {
    parseTarget(text);
    return true;
  } catch {
    return false;
  }
}
