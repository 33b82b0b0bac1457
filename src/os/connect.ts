import { once } from "node:events";
import { createConnection } from "node:net";
import type { Duplex } from "node:stream";
import type { Family, Goals, Hindrance, Proof } from "../contract.ts";
import { BootError } from "../errors.ts";
import { isExpected, portalBehind, portalIn, redirectedTo } from "../policy/portal.ts";
import { parseTarget, type Target } from "../policy/target.ts";
import { type Authorities, readAuthorities, showCertificate } from "./certificate.ts";
import { askOverHttp } from "./http-answer.ts";
import { commandIn, type Place } from "./ip.ts";
import { resolveIn, type ResolvedTargets } from "./resolve.ts";
import { openPipe, run } from "./run.ts";

const connectSeconds = 3;
/** Three round trips, of which the first has been made. */
const answerMs = connectSeconds * 1_000 + 1_000;
/** A portal is near. */
const portalMs = 1_500;

/** What is to be reached, and how. */
export interface Ways {
  goals: Goals;
  families: readonly Family[];
  /** Where a place has no resolver. */
  resolved?: ResolvedTargets;
}

/** What came of it. */
export type Reached = Pick<Proof, "reached" | "hindrance">;

/**
 * Tries to reach each target at each of its addresses, side by side: whoever answers must prove that it is the target.
 * Names are resolved with the resolv.conf that holds in the place.
 *
 * @returns the first target that was reached; when none was, who answers in its place, if somebody does
 * @throws BootError `tool-missing`, `aborted`, `bad-config` when there is nobody to trust in caFile
 */
export async function firstReachable(place: Place, { goals, families, resolved }: Ways): Promise<Reached> {
  const isOver = new AbortController();
  const inTime = { ...place, signal: AbortSignal.any([place.signal, isOver.signal]) };
  const authorities = await readAuthorities(goals.caFile);
  const portals: Hindrance[] = [];
  const reach = async (target: Target, family: Family) => {
    const addresses = resolved?.get(target.host)?.[family] ?? (await resolveIn(inTime, target.host, family));
    const tries = addresses.map((address) => tryAddress(inTime, target, { address, authorities }));
    const noting = tries.map(async (each) => {
      const portal = await each;
      if (portal === null) return target.text;
      portals.push(portal);
      throw new Error(portal.says);
    });
    return anyOf(noting);
  };
  const attempts = goals.reachTargets
    .map(parseTarget)
    .flatMap((target) => families.map((family) => reach(target, family)));
  try {
    return { reached: await anyOf(attempts), hindrance: null };
  } catch (error) {
    throwSerious(error);
    return { reached: null, hindrance: portals[0] ?? null };
  } finally {
    isOver.abort();
    await Promise.allSettled(attempts);
  }
}

/** The first that succeeds; when none does, the error that matters. */
async function anyOf<T>(attempts: readonly Promise<T>[]): Promise<T> {
  try {
    return await Promise.any(attempts);
  } catch (error) {
    if (error instanceof AggregateError) error.errors.forEach(throwSerious);
    throw error;
  } finally {
    void Promise.allSettled(attempts);
  }
}

/** That nobody answers is a finding; that it could not be asked is an error. */
function throwSerious(error: unknown): void {
  if (error instanceof BootError && ["tool-missing", "aborted", "permission"].includes(error.code)) throw error;
}

/** Where to look for a target, and whom to believe. */
interface At {
  address: string;
  authorities: Authorities;
}

/** Null when it is the target that answers; else who does. Fails when nobody does. */
async function tryAddress(place: Place, target: Target, at: At): Promise<Hindrance | null> {
  switch (target.proof.kind) {
    case "accepts":
      await accept(place, { address: at.address, port: target.port });
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
      return portalIn(target, redirectedTo(answer.status, answer.location));
    }
  }
}

async function certified(place: Place, target: Target, { address, authorities }: At): Promise<Hindrance | null> {
  const { isMeant, name } = await within(answerMs, place, ({ signal, namespace }) =>
    showCertificate(open({ signal, namespace }, { address, port: target.port }), target.host, { authorities, signal }),
  );
  return isMeant ? null : portalIn(target, name);
}

/** Many a portal refuses or drops TLS, and gives itself away on port 80 alone. */
async function portalInClear(place: Place, target: Target, address: string): Promise<Hindrance | null> {
  const answer = await within(portalMs, place, (inTime) =>
    askOverHttp(open(inTime, { address, port: 80 }), { host: target.host, path: "/" }, inTime.signal),
  );
  return portalBehind(target, answer);
}

async function within<T>(ms: number, place: Place, act: (inTime: Place) => Promise<T>): Promise<T> {
  const signal = AbortSignal.any([place.signal, AbortSignal.timeout(ms)]);
  try {
    return await act({ ...place, signal });
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
