import { type NodeSettings, readers, settingKeys } from "./schema.ts";

/** A place that configuration comes from. */
export interface Source {
  /** What an error message begins with. */
  place: string;
  /** What this place says, not yet checked. */
  values: unknown;
  /** How a key is called there. */
  nameOf: (key: string) => string;
  /** What `zos-boot config` says of where a key's value is from. */
  originOf: (key: keyof NodeSettings) => string;
}

const variablePrefix = "ZOS_BOOT_";

/** The environment variable of a key: `ZOS_BOOT_PROBE_TIMEOUT_MS` for `probeTimeoutMs`. */
export function variableOf(key: string): string {
  return variablePrefix + key.replaceAll(/[A-Z]/g, (capital) => `_${capital}`).toUpperCase();
}

/** Variables that begin with `ZOS_BOOT_`; one that belongs to no key is kept under its own name, for the check to refuse. */
export function environmentSource(environment: Record<string, string | undefined>): Source {
  const keys = new Map<string, string>(settingKeys.map((key) => [variableOf(key), key]));
  const values: Record<string, unknown> = {};
  for (const [variable, text] of Object.entries(environment)) {
    if (!variable.startsWith(variablePrefix) || text === undefined) continue;
    const key = keys.get(variable) ?? variable;
    values[key] = read(key, text);
  }
  const nameOf = (key: string) => (key.startsWith(variablePrefix) ? key : variableOf(key));
  return { place: "environment", values, nameOf, originOf: nameOf };
}

const parameterPrefix = "zos-boot.";

/**
 * Kernel parameters `zos-boot.KEY=VALUE`, and `farmer_id=FARM` as zos has it, unless `zos-boot.farmId` is there too. As the
 * kernel has it, `_` may stand for `-` in the prefix, double quotes hold spaces together, and the last of several with one
 * name counts; a bare `zos-boot.KEY` is `true` (admin-guide/kernel-parameters of the kernel's documentation).
 */
export function kernelSource(commandLine: string): Source {
  let values: Record<string, unknown> = {};
  for (const [word] of commandLine.matchAll(/(?:[^\s"]|"[^"]*(?:"|$))+/g)) {
    const plain = word.replaceAll('"', "");
    const [, farmId] = /^farmer_id=(.*)$/s.exec(plain) ?? [];
    if (farmId !== undefined) values = { farmId: read("farmId", farmId), ...values };
    const [, key, text = "true"] = /^zos[-_]boot\.([^=]*)(?:=(.*))?$/s.exec(plain) ?? [];
    if (key !== undefined) values[key] = read(key, text);
  }
  return {
    place: "kernel command line",
    values,
    nameOf: (key) => parameterPrefix + key,
    originOf: () => "kernel command line",
  };
}

/** What command-line flags say about a key, as text; undefined where a flag was not given. */
export type Flags = Partial<Record<keyof NodeSettings, string | undefined>>;

/** The flag of a key: `--probe-timeout-ms` for `probeTimeoutMs`; lists are given one by one, `--ignore-nic` for `ignoreNics`. */
export function flagOf(key: string): string {
  return key === "ignoreNics"
    ? "--ignore-nic"
    : `--${key.replaceAll(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`)}`;
}

/** Flags of the command line. */
export function flagSource(flags: Flags): Source {
  const given = Object.entries(flags).flatMap(([key, text]) => (text === undefined ? [] : [[key, read(key, text)]]));
  return { place: "command line", values: Object.fromEntries(given), nameOf: flagOf, originOf: flagOf };
}

function read(key: string, text: string): unknown {
  return Object.hasOwn(readers, key) ? readers[key as keyof NodeSettings](text) : text;
}
