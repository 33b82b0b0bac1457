import type { Goals } from "../src/contract.ts";
import type { Effects } from "../src/ports.ts";
import { lastEvent } from "../src/os/dhcp-client.ts";
import { readText, writeAtomically } from "../src/os/files.ts";
import type { WatchedFile } from "../src/os/monitor.ts";
import { rememberResolver } from "../src/os/nic-backup.ts";
import { leaseOf } from "../src/policy/lease.ts";
import { recordsOf } from "../src/os/name-servers.ts";
import { isRight, ordered } from "../src/policy/dns-servers.ts";
import { names } from "../src/policy/names.ts";
import { nameserversIn, resolverText } from "../src/policy/resolver.ts";
import { namesAmong } from "../src/policy/target.ts";

/** resolv.conf(5). */
export const resolverFile: WatchedFile = { directory: "/etc", file: "resolv.conf" };
const path = `${resolverFile.directory}/${resolverFile.file}`;

/**
 * The node's resolv.conf names the DNS servers of zos's lease and of its routers; without any it is left alone. Of several
 * those go first that know the targets, and those of `fallbackDns` where none does.
 */
export const ensureResolver: Effects["ensureResolver"] = async ({ advertisedDns, goals }, { signal }) => {
  const event = await lastEvent(names.uplinkClient);
  const lease = event && leaseOf(event);
  const found = await readText(path);
  const own = [...new Set([...(lease?.dnsServers ?? []), ...advertisedDns])];
  const dnsServers = await inOrder(own, { goals, signal, before: nameserversIn(found ?? "") });
  const wanted = resolverText({ dnsServers, searchList: lease?.searchList ?? [] });
  if (dnsServers.length > 0 && found !== wanted) {
    await rememberResolver(found);
    await writeAtomically(path, wanted);
  }
  return { dnsServers };
};

/** A server that is the only one needs not be asked. */
async function inOrder(
  own: readonly string[],
  { goals, signal, before }: { goals: Goals; signal: AbortSignal; before: readonly string[] },
): Promise<string[]> {
  const { fallbackDns, reachTargets } = goals;
  if (own.length < 2 && fallbackDns.length === 0) return [...own];
  const place = { namespace: null, signal };
  const hosts = namesAmong(reachTargets);
  const [first] = before;
  const asked = await recordsOf(
    place,
    own.toSorted((a, b) => Number(b === first) - Number(a === first)),
    hosts,
  );
  const records = own.flatMap((server) => asked.filter((record) => record.server === server));
  if (records.some(isRight) || fallbackDns.length === 0) return ordered(records, before);
  const spare = await recordsOf(place, fallbackDns, hosts);
  return ordered([...(spare.some(isRight) ? spare : []), ...records], before);
}
