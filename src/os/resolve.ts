import { lookup } from "node:dns/promises";
import type { Family } from "../contract.ts";
import { parseTarget } from "../policy/target.ts";

/** Longer than a resolver takes that asks a second server when the first does not answer (resolv.conf(5), `timeout`). */
const lookupMs = 8_000;

/** The addresses of hosts in each family. */
export type ResolvedTargets = ReadonlyMap<string, Record<Family, string[]>>;

/** What names were last resolved to: DNS that is out for a while says nothing of the ways to the targets. */
const known = new Map<string, Record<Family, string[]>>();

/**
 * The addresses of targets' hosts, by the node's own resolver. A name that is not answered for in 8 s, or not in a family, has
 * those that it had before, if any.
 */
export async function resolveTargets(targets: readonly string[]): Promise<ResolvedTargets> {
  const hosts = [...new Set(targets.map((text) => parseTarget(text).host))];
  return new Map(await Promise.all(hosts.map(async (host) => [host, await resolved(host)] as const)));
}

async function resolved(host: string): Promise<Record<Family, string[]>> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never[]>((resolve) => (timer = setTimeout(() => resolve([]), lookupMs)));
  const addresses = await Promise.race([lookup(host, { all: true }).catch(() => []), tooLate]);
  clearTimeout(timer);
  const answered = (family: number) => addresses.filter((each) => each.family === family).map(({ address }) => address);
  const found = withKnown({ v4: answered(4), v6: answered(6) }, known.get(host));
  known.set(host, found);
  return found;
}

/** What was answered; in a family without an answer, what was known. */
export function withKnown(
  answered: Record<Family, string[]>,
  before: Record<Family, string[]> | undefined,
): Record<Family, string[]> {
  return {
    v4: answered.v4.length > 0 ? answered.v4 : (before?.v4 ?? []),
    v6: answered.v6.length > 0 ? answered.v6 : (before?.v6 ?? []),
  };
}
