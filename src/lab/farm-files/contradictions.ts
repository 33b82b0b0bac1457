import ipaddr from "ipaddr.js";
import type { Ipv4Network, RouterOffer, Segment } from "../layouts/layout.ts";
import type { Deed, Step } from "../scenarios/scenario.ts";
import type { FarmFile } from "./farm-file.ts";

/** What a farm file says that cannot be, one line each: the key, its value, and what would be accepted. */
export function contradictionsIn(file: FarmFile): string[] {
  const segments = file.segments.map(({ name }) => name);
  const nics = file.nics.map(({ name }) => name);
  const hosts = file.segments.flatMap((each) => each.hosts ?? []).map(({ name }) => name);
  return [
    ...doubles("segments", segments),
    ...doubles("nics", nics),
    ...doubles("hosts", hosts),
    ...file.nics.flatMap(({ segment }, index) => unknown(`nics.${index}.segment`, segment, segments)),
    ...lateBefore(file),
    ...file.segments.flatMap((segment, index) => networkFaults(`segments.${index}`, segment)),
    ...["uplink", "exit"].flatMap((key) => {
      const meant = file.expected[key as "uplink" | "exit"];
      return typeof meant === "string" ? unknown(`expected.${key}`, meant, nics) : [];
    }),
    ...Object.keys(file.expected.reasons).flatMap((nic) => unknown("expected.reasons", nic, nics)),
    ...deedsOf(file).flatMap(({ key, deed }) => deedFaults(key, deed, { nics, segments: file.segments, hosts })),
  ];
}

function doubles(key: string, names: readonly string[]): string[] {
  const seen = names.filter((name, index) => names.indexOf(name) !== index);
  return [...new Set(seen)].map((name) => `${key}: ${JSON.stringify(name)} stands twice; names are to be unique`);
}

function unknown(key: string, name: string | null | undefined, known: readonly string[]): string[] {
  if (name === null || name === undefined || known.includes(name)) return [];
  return [
    `${key}: ${JSON.stringify(name)} is not there; expected: one of ${known.join(", ") || "none, as there is none"}`,
  ];
}

/** Ports at switches are counted. */
function lateBefore({ nics }: FarmFile): string[] {
  const firstLate = nics.findIndex(({ isLate }) => isLate);
  const after = firstLate === -1 ? [] : nics.slice(firstLate).filter(({ isLate }) => !isLate);
  return after.map(({ name }) => `nics: ${name} comes after one with isLate; expected: those at the end of the list`);
}

function networkFaults(key: string, { router, otherRouters = [] }: Segment): string[] {
  const routers = [
    ...(router === null ? [] : [{ at: `${key}.router`, router }]),
    ...otherRouters.map((other, index) => ({ at: `${key}.otherRouters.${index}`, router: other })),
  ];
  const offers = routers.flatMap(({ at, router: each }): { at: string; offer: RouterOffer }[] => [
    { at, offer: each },
    ...(each.later === undefined ? [] : [{ at: `${at}.later.offer`, offer: each.later.offer }]),
  ]);
  const orphans =
    router === null && otherRouters.length > 0
      ? [`${key}.otherRouters: there is no first router; expected: router`]
      : [];
  const own = offers.map(({ offer }) => offer.ipv4).filter((each) => each !== null);
  return [
    ...orphans,
    ...offers.flatMap(({ at, offer }) => (offer.ipv4 === null ? [] : ipv4Faults(`${at}.ipv4`, offer.ipv4, own))),
  ];
}

/** A gateway is in a network of the segment, because nothing leads to any other. */
function ipv4Faults(key: string, { address, pool, gateways }: Ipv4Network, all: readonly Ipv4Network[]): string[] {
  const isIn = (host: string, network: string) => ipaddr.IPv4.parse(host).match(ipaddr.IPv4.parseCIDR(network));
  const networks = all.map((each) => each.address);
  const strangers = gateways.filter((gateway) => !networks.some((network) => isIn(gateway, network)));
  const outside = (pool ?? []).filter((host) => !isIn(host, address));
  return [
    ...strangers.map(
      (gateway) =>
        `${key}.gateways: ${gateway} is outside every network of the segment; expected: one in ${networks.join(" or ")}`,
    ),
    ...outside.map((host) => `${key}.pool: ${host} is outside ${address}; expected: an address in that network`),
    ...(pool !== null && isAfter(...pool)
      ? [`${key}.pool: ${pool[0]} comes after ${pool[1]}; expected: the first address first`]
      : []),
  ];
}

function isAfter(a: string, b: string): boolean {
  const [left, right] = [a, b].map((each) => ipaddr.IPv4.parse(each).octets.reduce((sum, byte) => sum * 256 + byte, 0));
  return (left ?? 0) > (right ?? 0);
}

function deedsOf({ prepares, steps }: FarmFile): { key: string; deed: Deed }[] {
  const keyed = (key: string, deeds: readonly Deed[]) => deeds.map((deed, index) => ({ key: `${key}.${index}`, deed }));
  return [
    ...keyed("prepares", prepares),
    ...steps.flatMap(({ deeds }: Step, index) => keyed(`steps.${index}.deeds`, deeds)),
  ];
}

interface Known {
  nics: readonly string[];
  segments: readonly Segment[];
  hosts: readonly string[];
}

function deedFaults(key: string, deed: Deed, { nics, segments, hosts }: Known): string[] {
  const names = segments.map(({ name }) => name);
  if (deed.kind === "cable" || deed.kind === "nic") return unknown(`${key}.nic`, deed.nic, nics);
  if (deed.kind === "servers" || deed.kind === "offer" || deed.kind === "prefix") {
    const routed = segments.filter(({ router }) => router !== null).map(({ name }) => name);
    return unknown(`${key}.segment`, deed.segment, routed);
  }
  if (deed.kind !== "run" && deed.kind !== "start") return [];
  const routers = segments.flatMap(({ name, router, otherRouters = [] }) =>
    router === null ? [] : [name, ...otherRouters.map((_, index) => `${name}${index + 2}`)],
  );
  const [kind = "", place = ""] = deed.at.split(/ of | /);
  if (kind === "switch") return unknown(`${key}.at`, place, names);
  if (kind === "router") return unknown(`${key}.at`, place, routers);
  return kind === "host" ? unknown(`${key}.at`, place, hosts) : [];
}
