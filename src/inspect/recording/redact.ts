import { defaultSettings } from "../../config/schema.ts";
import { createMask, type Mask } from "./stand-ins.ts";
import type { Json, StreamRecord } from "./records.ts";

/** Keys whose values are names of hosts, or lists of them. */
const hostKeys = ["hostname", "searchList", "reachTargets", "targets", "reached", "by", "registrars", "registrar"];
/** What a program chooses itself, or everybody has, tells nothing. */
const knownHosts = new Set(defaultSettings.reachTargets.map(hostOf));

/**
 * Makes a function that masks in records, one after the other, what tells whose network it is: addresses (see createMask)
 * anywhere, and names of hosts in what events, contexts, commands and errors say, from when they are first met in a field
 * for such names. The same value always gets the same stand-in.
 */
export function createRedactor(): (record: StreamRecord) => StreamRecord {
  const mask = createMask();
  const hosts = new Map<string, string>();
  const maskHosts = (text: string) =>
    [...hosts].reduce((whole, [host, standIn]) => whole.replace(patternOf(host), standIn), text);
  const everywhere: Mask = (text) => mask(text);
  const freely: Mask = (text) => mask(maskHosts(text));
  return (record) => {
    learn(record as Json, hosts);
    const changed = mapTexts(record as Json, everywhere) as StreamRecord;
    return Object.assign(changed, freeParts(record, freely));
  };
}

/** Parts in which names of hosts may stand; in all others, what looks like one is the name of a state or an event. */
function freeParts(record: StreamRecord, mask: Mask): Partial<Record<string, Json>> {
  switch (record.type) {
    case "start":
      return { hostname: mask(record.hostname) };
    case "transition":
      return {
        ...(record.data !== undefined && { data: mapTexts(record.data, mask) }),
        changes: mapTexts(record.changes, mask),
      };
    case "ended":
      return record.error === undefined ? {} : { error: mask(record.error) };
    case "command":
      return { argv: [...record.argv.slice(0, 1), ...record.argv.slice(1).map(mask)] };
    default:
      return {};
  }
}

function learn(value: Json, hosts: Map<string, string>, key = ""): void {
  if (typeof value === "string") {
    const host = hostOf(value);
    const isNew = hostKeys.includes(fieldOf(key)) && !knownHosts.has(host) && !hosts.has(host);
    if (isNew && /[a-z]/i.test(host) && !host.includes(":")) hosts.set(host, `host-${hosts.size + 1}`);
  } else if (Array.isArray(value)) {
    for (const each of value) learn(each, hosts, key);
  } else if (typeof value === "object" && value !== null) {
    for (const [name, each] of Object.entries(value)) learn(each, hosts, name);
  }
}

/** The field that a path such as `settings.reachTargets.0` leads to. */
function fieldOf(path: string): string {
  return path.replace(/(?:\.\d+)+$/, "").replace(/^.*\./, "");
}

/** The host in a target. */
function hostOf(target: string): string {
  return target
    .replace(/^https?:\/\//, "")
    .replace(/[/#].*$/, "")
    .replace(/:\d+$/, "");
}

/** The host as a word of its own, or as what other names end in. */
function patternOf(host: string): RegExp {
  return new RegExp(`(?<![\\w-])${host.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}(?![\\w-])`, "g");
}

function mapTexts(value: Json, mask: Mask): Json {
  if (typeof value === "string") return mask(value);
  if (Array.isArray(value)) return value.map((each) => mapTexts(each, mask));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [mask(key), mapTexts(each, mask)]));
}
