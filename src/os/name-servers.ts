import { setTimeout as delay } from "node:timers/promises";
import type { Family, Hindrance } from "../contract.ts";
import { isHostIpv4, isHostIpv6 } from "../policy/addresses.ts";
import type { DnsAnswer } from "../policy/dns-message.ts";
import { dnsHindrance, type DnsRecord, inventedName, isRight } from "../policy/dns-servers.ts";
import { nameserversIn } from "../policy/resolver.ts";
import { askDns } from "./dns.ts";
import { readText } from "./files.ts";
import type { Place } from "./ip.ts";
import type { ResolvedTargets } from "./resolve.ts";
import { throwSerious } from "./serious.ts";

/** How long DNS servers that go before one that is right are waited for, in milliseconds. */
const betterMs = 250;

/** Who knows the addresses of hosts. */
export interface NameServers {
  /** The addresses that each of them has for a host in a family, side by side. */
  find: (host: string, family: Family) => Promise<string[]>[];
  /** Whether one of them gives an address to any name, even to one that does not exist. */
  isInvented: (address: string) => Promise<boolean>;
  /** What is wrong with all of them, when everything was found that can be. */
  trouble: () => Promise<Hindrance | null>;
}

/** Hosts whose addresses are known. */
export function knownHosts(resolved: ResolvedTargets): NameServers {
  return {
    find: (host, family) => [Promise.resolve(resolved.get(host)?.[family] ?? [])],
    isInvented: () => Promise.resolve(false),
    trouble: () => Promise.resolve(null),
  };
}

/** DNS servers, each of which is asked once for a host, and for one that does not exist when there is a doubt. */
export function nameServers(place: Place, addresses: readonly string[]): NameServers {
  const servers = addresses.map((address) => openServer(place, address));
  let isAsked = false;
  return {
    find: (host, family) => {
      isAsked = true;
      return servers.map((server) => server.find(host, family));
    },
    isInvented: async (address) => {
      const givers = servers.filter((server) => server.hasGiven(address));
      return (await Promise.all(givers.map((server) => server.invented()))).flat().includes(address);
    },
    trouble: async () => (isAsked ? dnsHindrance(await Promise.all(servers.map((server) => server.record()))) : null),
  };
}

/** A DNS server, and what it has said. */
interface Server {
  find: (host: string, family: Family) => Promise<string[]>;
  hasGiven: (address: string) => boolean;
  /** The addresses that it gives to a name that does not exist, in the families that it was asked for. */
  invented: () => Promise<string[]>;
  record: () => Promise<DnsRecord>;
}

function openServer(place: Place, server: string): Server {
  const asked = new Map<string, { host: string; family: Family; answer: Promise<DnsAnswer | null> }>();
  const given = new Set<string>();
  const ask = async (host: string, family: Family) => {
    const key = `${family} ${host}`;
    const known = asked.get(key) ?? { host, family, answer: askDns(place, server, { host, family }) };
    asked.set(key, known);
    const { addresses } = (await known.answer) ?? { addresses: [] };
    if (host !== inventedName) for (const address of addresses) given.add(address);
    return addresses;
  };
  const own = () => [...asked.values()].filter(({ host }) => host !== inventedName);
  const invented = async () => {
    const families = new Set(own().map(({ family }) => family));
    return (await Promise.all([...families].map((family) => ask(inventedName, family)))).flat();
  };
  const record = async () => {
    const answers = await Promise.all(own().map(async ({ host, answer }) => ({ host, answer: await answer })));
    return { server, answers, invented: given.size === 0 ? [] : await invented() };
  };
  return {
    find: async (host, family) => (await ask(host, family)).filter(isOf(family)),
    hasGiven: (address) => given.has(address),
    invented,
    record,
  };
}

/**
 * What DNS servers say of hosts in both families, as far as they say it before the first that is right is known: a dead server
 * is waited for a while where it goes before a good one, and not at all behind it.
 *
 * @param addresses of the servers, the one that is to be asked first in front
 */
export async function recordsOf(
  place: Place,
  addresses: readonly string[],
  hosts: readonly string[],
): Promise<DnsRecord[]> {
  const isOver = new AbortController();
  const inTime = { ...place, signal: AbortSignal.any([place.signal, isOver.signal]) };
  const known = new Map<string, DnsRecord>();
  const all = addresses.map(async (address) => {
    const server = openServer(inTime, address);
    await Promise.all(hosts.flatMap((host) => [server.find(host, "v4"), server.find(host, "v6")]));
    const record = await server.record();
    known.set(address, record);
    if (!isRight(record)) throw new Error("not right");
  });
  try {
    await Promise.any(all);
    const best = Promise.any(all.map((server, index) => server.then(() => Promise.allSettled(all.slice(0, index)))));
    await Promise.race([best, delay(betterMs, undefined, { ref: false })]);
  } catch (error) {
    throwSerious(error);
  } finally {
    isOver.abort();
    await Promise.allSettled(all);
  }
  place.signal.throwIfAborted();
  return addresses.map((server) => known.get(server) ?? { server, answers: [], invented: [] });
}

function isOf(family: Family): (address: string) => boolean {
  return family === "v4" ? isHostIpv4 : isHostIpv6;
}

/** The DNS servers that hold in a place: those of its own resolv.conf, where it has one (ip-netns(8)). */
export async function dnsServersIn({ namespace }: Place): Promise<string[]> {
  const own = namespace === null ? null : await readText(`/etc/netns/${namespace}/resolv.conf`);
  return nameserversIn(own ?? (await readText("/etc/resolv.conf")) ?? "");
}
