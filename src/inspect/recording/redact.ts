import { createHostNames, type HostNames } from "./host-names.ts";
import { createMask, createNumbering, type Mask } from "./stand-ins.ts";
import type { Json, StreamRecord } from "./records.ts";

/** Keys whose values are names of hosts, or lists of them. */
const hostKeys = new Set(
  ["hostname", "searchList", "by", "reached", "targets"].concat([
    "reachTargets",
    "registrars",
    "registrar",
    "vantages",
    "vantage",
  ]),
);
/** Keys whose values are names of links, which may look like those of hosts. */
const linkKeys = new Set(["nic", "name", "exitNic", "iface", "port", "uplink", "exit", "ignoreNics"]);
/** Keys whose values are numbers by which the grid knows somebody, and by which words such a number stands in a sentence. */
const gridKeys: Readonly<Record<string, string>> = { farmId: "farm", twinId: "twin", nodeId: "node" };
const gridWords = /(?<=\b(?<kind>farm|twin|node) (?:than )?)\d+(?![\w:])/g;
/** What a farmer says of where the node stands. */
const placeKeys: Readonly<Record<string, string>> = {
  ...{ country: "somewhere", city: "somewhere" },
  ...{ longitude: "0", latitude: "0" },
};

/** How the parts of a value are masked. */
interface Masks {
  text: Mask;
  /** Names of a value's parts, and paths to them. */
  key: Mask;
  id: (kind: string, number: number) => number;
}

/**
 * Makes a function that masks in records, one after the other, what tells whose network it is: addresses, identifiers of
 * hardware and keys (see createMask) anywhere; names of hosts in what events, contexts, commands and errors say, from when
 * they are first met in a field for such names or, with a dot, in a sentence; by which numbers the grid knows the node, its
 * account and its farm, and where that is. The same value always gets the same stand-in.
 */
export function createRedactor(): (record: StreamRecord) => StreamRecord {
  const met: Met = { hosts: createHostNames(), links: new Set() };
  const numberOf = createNumbering();
  const maskIds: Mask = (text) => text.replace(gridWords, (id, kind: string) => String(numberOf(kind, id)));
  const maskAddresses = createMask(numberOf);
  const maskAll = createMask(numberOf, (text) => met.hosts.maskNumeric(maskIds(text)));
  const id: Masks["id"] = (kind, number) => numberOf(kind, String(number));
  const everywhere: Masks = { key: maskAddresses, text: maskAddresses, id };
  const freely: Masks = { ...everywhere, text: (text) => met.hosts.maskSpelled(text, maskAll) };
  return (record) => {
    learn(record, met);
    const changed = mapped(record as Json, everywhere) as StreamRecord;
    return Object.assign(changed, freeParts(record, freely));
  };
}

/** Parts in which names of hosts may stand; in all others, what looks like one is the name of a state or an event. */
function freeParts(record: StreamRecord, masks: Masks): Partial<Record<string, Json>> {
  switch (record.type) {
    case "start":
      return { hostname: masks.text(record.hostname) };
    case "transition":
      return {
        ...(record.data !== undefined && { data: mapped(record.data, masks) }),
        changes: mapped(record.changes, masks),
      };
    case "ended":
      return record.error === undefined ? {} : { error: masks.text(record.error) };
    case "command":
      return { argv: [...record.argv.slice(0, 1), ...record.argv.slice(1).map(masks.text)] };
    default:
      return {};
  }
}

/** What was met in records so far. */
interface Met {
  hosts: HostNames;
  links: Set<string>;
}

/** Fields first: they tell apart what looks alike in sentences. What the program itself has named is none of a host's. */
function learn(record: StreamRecord, { hosts, links }: Met): void {
  const texts = textsIn(record as Json);
  for (const { text, field } of texts) if (linkKeys.has(field)) links.add(text);
  for (const { text, field } of texts) if (hostKeys.has(field)) hosts.learn(text);
  for (const { text } of textsIn(toldIn(record))) if (/\s|:\/\//.test(text)) hosts.learnIn(text, links);
}

/** What effects have found, and how they failed. */
function toldIn(record: StreamRecord): Json {
  if (record.type === "transition") return [record.data ?? null, record.changes];
  return record.type === "ended" ? (record.error ?? null) : null;
}

/** All texts in a value, each with the name of the field that it, or its list, is in. */
function textsIn(value: Json, key = ""): { text: string; field: string }[] {
  if (typeof value === "string") return [{ text: value, field: fieldOf(key) }];
  if (Array.isArray(value)) return value.flatMap((each) => textsIn(each, key));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, each]) => textsIn(each, name));
}

/** The field that a path such as `settings.reachTargets.0` leads to. */
function fieldOf(path: string): string {
  return path.replace(/(?:\.\d+)+$/, "").replace(/^.*\./, "");
}

function mapped(value: Json, masks: Masks, key = ""): Json {
  const field = fieldOf(key);
  if (typeof value === "string") return Object.hasOwn(placeKeys, field) ? (placeKeys[field] ?? "") : masks.text(value);
  if (typeof value === "number") return Object.hasOwn(gridKeys, field) ? masks.id(gridKeys[field] ?? "", value) : value;
  if (Array.isArray(value)) return value.map((each) => mapped(each, masks, key));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [masks.key(name), mapped(each, masks, name)]));
}
