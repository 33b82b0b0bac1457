import { once } from "node:events";
import { createConnection, isIP } from "node:net";
import type { Duplex } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import type { Family, Goals, Hindrance, Proof } from "../contract.ts";
import { BootError } from "../errors.ts";
import { isLocal } from "../policy/addresses.ts";
import { withFallback } from "../policy/dns-servers.ts";
import { isExpected, portalBehind, portalIn, redirectedTo } from "../policy/portal.ts";
import { throughNat64 } from "../policy/nat64.ts";
import { parseTarget, type Target } from "../policy/target.ts";
import { type Authorities, readAuthorities, showCertificate } from "./certificate.ts";
import { withDeadline } from "./deadline.ts";
import { askOverHttp } from "./http-answer.ts";
import { commandIn, type Place } from "./ip.ts";
import { dnsServersIn, knownHosts, type NameServers, nameServers } from "./name-servers.ts";
import type { ResolvedTargets } from "./resolve.ts";
import { openPipe, run } from "./run.ts";
import { throwSerious } from "./serious.ts";

const connectSeconds = 3;
/** Three round trips, of which the first has been made. */
const answerMs = connectSeconds * 1_000 + 1_000;
/** A portal is near. */
const portalMs = 1_500;
/** The Connection Attempt Delay of RFC 8305 section 5. */
const nextTargetMs = 250;

/** What is to be reached, and how. */
export interface Ways {
  goals: Goals;
  families: readonly Family[];
  /** Where a place has no resolver. */
  resolved?: ResolvedTargets;
  /** Finds the prefix of a NAT64 by which hosts that have IPv4 alone are reached over IPv6; null when there is none. */
  nat64?: (place: Place) => Promise<string | null>;
}

/** What came of it. */
export type Reached = Pick<Proof, "reached" | "hindrance">;

/**
 * Tries to reach targets, one after the other until one is reached, and each at all of its addresses side by side: whoever answers
 * must prove that it is the target. The next one is begun when one fails, or does not answer soon.
 * Names are asked of each DNS server that holds in the place, and of those of `fallbackDns` when none of them is right.
 *
 * @returns the first target that was reached; when none was, who answers in its place, or what is wrong with DNS, if known;
 *   that, too, when other DNS servers had to be asked
 * @throws BootError `tool-missing`, `aborted`, `bad-config` when there is nobody to trust in caFile
 */
export async function firstReachable(place: Place, { goals, families, resolved, nat64 }: Ways): Promise<Reached> {
  const { fallbackDns } = goals;
  const search = { goals, families, nat64, authorities: await readAuthorities(goals.caFile) };
  if (resolved !== undefined) return reachBy(place, search, () => knownHosts(resolved));
  const own = await dnsServersIn(place);
  const found = await reachBy(place, search, (inTime) => nameServers(inTime, own));
  if (found.hindrance?.kind !== "dns" || fallbackDns.length === 0) return found;
  const { reached } = await reachBy(place, search, (inTime) => nameServers(inTime, fallbackDns));
  return reached === null ? found : { reached, hindrance: withFallback(found.hindrance, fallbackDns) };
}

interface Search extends Pick<Ways, "goals" | "families"> {
  nat64: Ways["nat64"];
  authorities: Authorities;
}

async function reachBy(
  place: Place,
  { goals, families, nat64, authorities }: Search,
  opened: (inTime: Place) => NameServers,
): Promise<Reached> {
  const isOver = new AbortController();
  const inTime = { ...place, signal: AbortSignal.any([place.signal, isOver.signal]) };
  const servers = opened(inTime);
  const prefixOf = onlyOnce(async () => (await nat64?.(inTime)) ?? null);
  const portals: Hindrance[] = [];
  const reach = triedOnce(async (target: Target, address: string) => {
    const portal = await tryAddress(inTime, target, { address, authorities, servers });
    if (portal === null) return target.text;
    portals.push(portal);
    throw new Error(portal.says);
  });
  const attempts = inSuccession(goals.reachTargets.map(parseTarget), inTime.signal, (target) => {
    const found = families.flatMap((family) => [
      ...addressesOf(target.host, family, servers),
      ...(family === "v6" && nat64 !== undefined ? translatedOf(target.host, servers, prefixOf) : []),
    ]);
    return anyOf(found.map(async (addresses) => anyOf((await addresses).map((address) => reach(target, address)))));
  });
  try {
    return { reached: await anyOf(attempts), hindrance: null };
  } catch (error) {
    throwSerious(error);
    return { reached: null, hindrance: portals[0] ?? (await servers.trouble()) };
  } finally {
    isOver.abort();
    await Promise.allSettled(attempts);
  }
}

/** Attempts of which each is begun when the one before has failed, or has not succeeded in time; none after one that has. */
function inSuccession<Thing, T>(
  things: readonly Thing[],
  signal: AbortSignal,
  attempt: (thing: Thing) => Promise<T>,
): Promise<T>[] {
  let turn: Promise<void> = Promise.resolve();
  return things.map((thing) => {
    const begun = turn;
    const tried = begun.then(() => attempt(thing));
    const failed = tried.then(
      () => {
        throw new Error("no other is needed");
      },
      () => undefined,
    );
    turn = Promise.any([failed, begun.then(() => delay(nextTargetMs, undefined, { signal }))]);
    turn.catch(() => undefined);
    return tried;
  });
}

function onlyOnce<T>(find: () => Promise<T>): () => Promise<T> {
  let found: Promise<T> | null = null;
  return () => (found ??= find());
}

/** The same, but an address that several servers name is tried once. */
function triedOnce(
  reach: (target: Target, address: string) => Promise<string>,
): (target: Target, address: string) => Promise<string> {
  const tried = new Map<string, Promise<string>>();
  return (target, address) => {
    const key = `${target.text} ${address}`;
    const trial = tried.get(key) ?? reach(target, address);
    tried.set(key, trial);
    return trial;
  };
}

/** The first that succeeds; when none does, the error that matters. */
async function anyOf<T>(attempts: readonly Promise<T>[]): Promise<T> {
  try {
    return await Promise.any(attempts);
  } catch (error) {
    throwSerious(error);
    throw error;
  } finally {
    void Promise.allSettled(attempts);
  }
}

/** Where to look for a target, and whom to believe. */
interface At {
  address: string;
  authorities: Authorities;
  servers: NameServers;
}

/** What each server says; an address stands for itself. */
function addressesOf(host: string, family: Family, servers: NameServers): Promise<string[]>[] {
  if (isIP(host) === 0) return servers.find(host, family);
  return [Promise.resolve((isIP(host) === 4) === (family === "v4") ? [host] : [])];
}

/** By a NAT64, what each server says of a host that has IPv4 alone: a router may name a prefix where DNS does not use it. */
function translatedOf(host: string, servers: NameServers, prefixOf: () => Promise<string | null>): Promise<string[]>[] {
  return addressesOf(host, "v6", servers).map(async (found, index) => {
    if ((await found).length > 0) return [];
    const ipv4 = (await addressesOf(host, "v4", servers)[index]) ?? [];
    const prefix = ipv4.length === 0 ? null : await prefixOf();
    return prefix === null ? [] : ipv4.map((address) => throughNat64(prefix, address));
  });
}

/** Whether whoever answers there may be there by a DNS server's fault, so that it needs to be no portal. */
async function isDoubted({ host }: Target, { address, servers }: At): Promise<boolean> {
  return address !== host && (isLocal(address) || (await servers.isInvented(address)));
}

/** Null when it is the target that answers; else who does. Fails when nobody does. */
async function tryAddress(place: Place, target: Target, at: At): Promise<Hindrance | null> {
  switch (target.proof.kind) {
    case "accepts":
      await accept(place, { address: at.address, port: target.port });
      if (await at.servers.isInvented(at.address)) throw new Error(`${at.address} answers to any name`);
      return null;
    case "certificate":
      return certified(place, target, at).catch(async (error: unknown) => {
        throwSerious(error);
        const portal = await portalInClear(place, target, at.address).catch(() => null);
        if (portal === null) throw error;
        return portal;
      });
    case "answer": {
      const { path, status, body } = target.proof;
      const { host, port } = target;
      const answer = await within(answerMs, place, (inTime) =>
        askOverHttp(open(inTime, { address: at.address, port }), { host, path }, inTime.signal),
      );
      if (isExpected(answer, { status, body })) return null;
      return (await isDoubted(target, at))
        ? sure(portalBehind(target, answer))
        : portalIn(target, redirectedTo(answer.status, answer.location));
    }
  }
}

async function certified(place: Place, target: Target, at: At): Promise<Hindrance | null> {
  const { address, authorities } = at;
  const { isMeant, name } = await within(answerMs, place, ({ signal, namespace }) =>
    showCertificate(open({ signal, namespace }, { address, port: target.port }), target.host, { authorities, signal }),
  );
  if (isMeant) return null;
  return (await isDoubted(target, at)) ? sure(null) : portalIn(target, name);
}

/** @throws Error when nobody has shown to be a portal */
function sure(portal: Hindrance | null): Hindrance {
  if (portal === null) throw new Error("somebody else answers, who is no portal");
  return portal;
}

/** Many a portal refuses or drops TLS, and gives itself away on port 80 alone. */
async function portalInClear(place: Place, target: Target, address: string): Promise<Hindrance | null> {
  const answer = await within(portalMs, place, (inTime) =>
    askOverHttp(open(inTime, { address, port: 80 }), { host: target.host, path: "/" }, inTime.signal),
  );
  return portalBehind(target, answer);
}

async function within<T>(ms: number, place: Place, act: (inTime: Place) => Promise<T>): Promise<T> {
  try {
    return await withDeadline(ms, place.signal, (signal) => act({ ...place, signal }));
  } catch (error) {
    throw place.signal.aborted ? new BootError("aborted", "an answer was not waited for") : error;
  }
}

/** A connection that begins to be made; of its own namespace the program needs no nc(1). */
function open({ namespace }: Place, { address, port }: { address: string; port: number }): Duplex {
  if (namespace === null) return createConnection({ host: address, port });
  return openPipe(commandIn(namespace, "nc", "-w", String(connectSeconds), address, String(port)));
}

async function accept(place: Place, to: { address: string; port: number }): Promise<void> {
  const { namespace, signal } = place;
  if (namespace !== null) {
    const nc = ["nc", "-z", "-w", String(connectSeconds), to.address, String(to.port)];
    await run(commandIn(namespace, ...nc), { signal, timeoutMs: (connectSeconds + 1) * 1_000 });
    return;
  }
  const socket = open(place, to);
  try {
    await within(connectSeconds * 1_000, place, (inTime) => once(socket, "connect", { signal: inTime.signal }));
  } finally {
    socket.destroy();
  }
}
