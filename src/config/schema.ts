import * as v from "valibot";
import type { DhcpChoice } from "../contract.ts";
import { isHostIpv4, isRoutableIpv6 } from "../policy/addresses.ts";
import type { BootSettings } from "../policy/grid.ts";
import { isPrefix } from "../policy/lan-access.ts";
import { isUsableLinkName, names } from "../policy/names.ts";
import { parseTarget, targetForms } from "../policy/target.ts";
import { parseVantage, vantageForm } from "../policy/vantage.ts";
import { whole } from "./schema-parts.ts";

/** All that can be configured: what the machines need, and what the program around them does. */
export interface NodeSettings extends BootSettings {
  dhcpClient: DhcpChoice;
  /** Who keeps DHCP clients alive: zinit, this program, or `auto`: zinit where one answers. */
  supervisor: "auto" | "zinit" | "embedded";
}

const milliseconds = (least: number, most: number) => whole(least, most, "a whole number of milliseconds");

const linkKind = v.pipe(
  v.string("a kind of link"),
  v.regex(/^[a-z][a-z0-9_]{0,31}$/, "a kind of link such as physical or veth"),
);
const target = v.pipe(v.string(targetForms), v.check(isTarget, targetForms));
const address = "an IPv4 or IPv6 address such as 192.0.2.53";
const dnsServer = v.pipe(
  v.string(address),
  v.check((text) => isHostIpv4(text) || isRoutableIpv6(text), address),
);
const path = "the absolute path of a file, or nothing (null in a file)";
const keyPath = "the absolute path of a file";
const pattern = "the name of a NIC such as eth0, or the beginning of names such as eth*";
const nicPattern = v.pipe(
  v.string(pattern),
  v.check((text) => isUsableLinkName(text.replace(/\*$/, "")), pattern),
);
const pin = "the name of a NIC such as eth0, or nothing (null in a file) to leave it to the choice";
const pinnedNic = v.nullable(v.pipe(v.string(pin), v.check(isUsableLinkName, pin)));

const prefixForm = "a prefix such as 192.168.1.53/32 or 2001:db8::/64";
const prefix = v.pipe(v.string(prefixForm), v.check(isPrefix, prefixForm));

const registrarForm = "https://HOST, or http://HOST for a private registrar";
const registrar = v.pipe(v.string(registrarForm), v.check(isRegistrar, registrarForm));
const vantage = v.pipe(
  v.string(vantageForm),
  v.check((text) => parseVantage(text) !== null, vantageForm),
);
const farm = "a farm's number, or nothing (null in a file)";
const place = "country, city, longitude and latitude";
const placeWord = v.pipe(v.string(place), v.regex(/^[^\p{Cc}]{1,60}$/u, place));

const entries = {
  isolation: v.picklist(["auto", "passthru", "move"], "auto, passthru or move"),
  nicKinds: v.pipe(v.array(linkKind, "a list of kinds of links"), v.minLength(1, "at least one kind of link")),
  reachTargets: v.pipe(v.array(target, "a list of targets"), v.minLength(1, "at least one target")),
  caFile: v.nullable(v.pipe(v.string(path), v.regex(/^\/[^\0\n]+$/, path))),
  fallbackDns: v.array(dnsServer, "a list of addresses of DNS servers"),
  registrars: v.array(registrar, "a list of registrars"),
  farmId: v.nullable(v.pipe(v.number(farm), v.integer(farm), v.minValue(1, farm), v.maxValue(4_294_967_295, farm))),
  location: v.nullable(
    v.strictObject({ country: placeWord, city: placeWord, longitude: placeWord, latitude: placeWord }, place),
  ),
  gridKey: v.pipe(v.string(keyPath), v.regex(/^\/[^\0\n]+$/, keyPath)),
  enrolment: v.picklist(["eager", "required"], "eager or required"),
  vantages: v.array(vantage, "a list of vantages"),
  probeTimeoutMs: milliseconds(1_000, 600_000),
  preferPrivateMs: milliseconds(0, 60_000),
  ignoreNics: v.array(nicPattern, "a list of names of NICs"),
  uplink: pinnedNic,
  exit: pinnedNic,
  preferPublic: v.boolean("true or false"),
  lanAccess: v.picklist(["drop", "allow"], "drop or allow"),
  lanExceptions: v.array(prefix, "a list of prefixes"),
  dhcpClient: v.picklist(["auto", "dhcpcd", "udhcpc"], "auto, dhcpcd or udhcpc"),
  supervisor: v.picklist(["auto", "zinit", "embedded"], "auto, zinit or embedded"),
} satisfies { [Key in keyof NodeSettings]: v.GenericSchema<NodeSettings[Key]> };

/** What any source of configuration may say; whatever it leaves out comes from a lower one. */
export const schema = v.partial(v.strictObject(entries));

/** The keys of the configuration. */
export const settingKeys = Object.keys(entries) as (keyof NodeSettings)[];

/** The settings of a node that nobody configured. */
export const defaultSettings: NodeSettings = {
  isolation: "auto",
  nicKinds: ["physical"],
  reachTargets: ["https://bootstrap.grid.tf", "https://hub.grid.tf"],
  caFile: null,
  fallbackDns: [],
  registrars: [],
  farmId: null,
  location: null,
  gridKey: names.gridKeyFile,
  enrolment: "eager",
  vantages: [],
  probeTimeoutMs: 20_000,
  preferPrivateMs: 3_000,
  ignoreNics: [],
  uplink: null,
  exit: null,
  preferPublic: false,
  lanAccess: "drop",
  lanExceptions: [],
  dhcpClient: "auto",
  supervisor: "auto",
};

/** How a key's value stands in a place that has text only; what cannot be read stays text, and the schema refuses it. */
export const readers: Record<keyof NodeSettings, (text: string) => unknown> = {
  isolation: asText,
  nicKinds: asList,
  reachTargets: asList,
  caFile: asNullable,
  fallbackDns: asList,
  registrars: asList,
  farmId: (text) => (text === "" ? null : asNumber(text)),
  location: asLocation,
  gridKey: asText,
  enrolment: asText,
  vantages: asList,
  probeTimeoutMs: asNumber,
  preferPrivateMs: asNumber,
  ignoreNics: asList,
  uplink: asNullable,
  exit: asNullable,
  preferPublic: asBoolean,
  lanAccess: asText,
  lanExceptions: asList,
  dhcpClient: asText,
  supervisor: asText,
};

function asText(text: string): string {
  return text;
}

function asList(text: string): string[] {
  return text
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "");
}

/** `COUNTRY,CITY,LONGITUDE,LATITUDE` */
function asLocation(text: string): unknown {
  const [country, city, longitude, latitude, ...rest] = text.split(",").map((word) => word.trim());
  if (text === "") return null;
  return rest.length > 0 || latitude === undefined ? text : { country, city, longitude, latitude };
}

function asNumber(text: string): number | string {
  return /^\d{1,9}$/.test(text) ? Number(text) : text;
}

function asNullable(text: string): string | null {
  return text === "" ? null : text;
}

function asBoolean(text: string): boolean | string {
  return text === "true" || text === "false" ? text === "true" : text;
}

function isRegistrar(text: string): boolean {
  return /^https?:/.test(text) && isTarget(text.replace(/^http:/, "https:"));
}

function isTarget(text: string): boolean {
  try {
    parseTarget(text);
    return true;
  } catch {
    return false;
  }
}
