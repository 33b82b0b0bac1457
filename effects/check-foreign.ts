import type { Supervisor } from "../src/ports.ts";
import { BootError } from "../src/errors.ts";
import { type Link, readLinks, readNamespaces } from "../src/os/ip.ts";
import { rememberedNics } from "../src/os/nic-backup.ts";
import { foreignIn, refusalOf } from "../src/policy/foreign.ts";
import { names } from "../src/policy/names.ts";

/**
 * What of this node's network others have set up, and what to do about it, for people; null when there is nothing. Reads only.
 *
 * @param links all of the node
 * @throws BootError what asking the supervisor throws
 */
async function findRefusal(supervisor: Supervisor, links: Link[]): Promise<string | null> {
  const [namespaces, nicsTaken, ...services] = await Promise.all([
    readNamespaces(),
    rememberedNics(),
    ...[names.uplinkClient, names.ndmzClient].map(supervisor.findForeign),
  ]);
  const foreign = foreignIn({ links, namespaces, nicsTaken, services: services.filter((each) => each !== null) });
  return foreign.length === 0 ? null : refusalOf(foreign);
}

/**
 * Makes sure that nobody else has set this node's network up: one that gets its bridge or lease taken away has none.
 *
 * @throws BootError `foreign` that names what stands in the way and what to do; what asking the supervisor throws
 */
export async function checkForeign(supervisor: Supervisor, links: Link[]): Promise<void> {
  const refusal = await findRefusal(supervisor, links);
  if (refusal !== null) throw new BootError("foreign", refusal);
}

/** What refuses this node as it is now; null also where that cannot be asked. */
export async function refusalNow(supervisor: Supervisor): Promise<string | null> {
  const links = readLinks({ namespace: null, signal: new AbortController().signal });
  return links.then((standing) => findRefusal(supervisor, standing)).catch(() => null);
}
