import { lookup } from "node:dns/promises";
import type { Family } from "../contract.ts";
import { parseTarget } from "../policy/target.ts";

/** Longer than a resolver takes that asks a second server when the first does not answer (resolv.conf(5), `timeout`). */
const lookupMs = 8_000;

/** Targets by address, as `ADDRESS:PORT`, in each family. */
export type ResolvedTargets = Record<Family, string[]>;

/** What names were last resolved to: DNS that is out for a while says nothing of the ways to the targets. */
const known = new Map<string, ResolvedTargets>();

/**
 * The addresses of targets, by the node's own resolver. A name that is not answered for in 8 s, or not in a family, has those
 * that it had before, if any.
 */
export async function resolveTargets(targets: readonly string[]): Promise<ResolvedTargets> {
  const found = await Promise.all(targets.map(parseTarget).map(({ host, port }) => resolved(host, port)));
  return { v4: found.flatMap(({ v4 }) => v4), v6: found.flatMap(({ v6 }) => v6) };
}

async function resolved(host: string, port: number): Promise<ResolvedTargets> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never[]>((resolve) => (timer = setTimeout(() => resolve([]), lookupMs)));
  const addresses = await Promise.race([lookup(host, { all: true }).catch(() => []), tooLate]);
  clearTimeout(timer);
  const name = `${host}:${port}`;
  const ofFamily = (family: number) => addresses.filter((each) => each.family === family);
  const answered = {
    v4: ofFamily(4).map(({ address }) => `${address}:${port}`),
    v6: ofFamily(6).map(({ address }) => `[${address}]:${port}`),
  };
  const found = {
    v4: answered.v4.length > 0 ? answered.v4 : (known.get(name)?.v4 ?? []),
    v6: answered.v6.length > 0 ? answered.v6 : (known.get(name)?.v6 ?? []),
  };
  known.set(name, found);
  return found;
}
