import type { Supervisor } from "../src/ports.ts";
import { BootError } from "../src/errors.ts";
import { readLinks, readNamespaces } from "../src/os/ip.ts";
import { rememberedNics } from "../src/os/nic-backup.ts";
import { foreignIn, refusalOf } from "../src/policy/foreign.ts";
import { names } from "../src/policy/names.ts";

/**
 * What of this node's network others have set up, and what to do about it, for people; null when there is nothing. Reads only.
 *
 * @throws BootError what asking the supervisor throws
 */
export async function findRefusal(supervisor: Supervisor, signal: AbortSignal): Promise<string | null> {
  const [links, namespaces, nicsTaken, ...services] = await Promise.all([
    readLinks({ namespace: null, signal }),
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
export async function checkForeign(supervisor: Supervisor, signal: AbortSignal): Promise<void> {
  const refusal = await findRefusal(supervisor, signal);
  if (refusal !== null) throw new BootError("foreign", refusal);
}
