import type { AddressFacts, Egress, Family } from "../src/contract.ts";
import type { Effects } from "../src/ports.ts";
import { firstReachable } from "../src/os/connect.ts";
import { type Place, readAddresses } from "../src/os/ip.ts";
import { answersAny } from "../src/os/neighbour.ts";
import { unlessQuick } from "../src/os/queue.ts";
import { resolveTargets } from "../src/os/resolve.ts";
import { egressOf } from "../src/policy/egress.ts";
import { names } from "../src/policy/names.ts";

/**
 * Finds out with real connections what the node and the network resources behind ndmz reach, in each family. Names are
 * resolved once, on the node.
 *
 * @throws BootError `tool-missing`, `aborted`
 */
export const proveReach: Effects["proveReach"] = async ({ targets }, { signal }) => {
  const node = { namespace: null, signal };
  const ndmz = { namespace: names.ndmz, signal };
  const resolved = await resolveTargets(targets);
  const tried = (place: Place, link: string, family: Family) => tryEgress({ place, link, family }, resolved[family]);
  const [node4, node6, workloads4, workloads6] = await Promise.all([
    tried(node, names.bridge, "v4"),
    tried(node, names.bridge, "v6"),
    tried(ndmz, names.npub4, "v4"),
    tried(ndmz, names.npub6, "v6"),
  ]);
  return { node: { v4: node4, v6: node6 }, workloads: { v4: workloads4, v6: workloads6 } };
};

interface Way {
  place: Place;
  link: string;
  family: Family;
}

async function tryEgress({ place, link, family }: Way, targets: string[]): Promise<Egress> {
  const addresses = await readAddresses(place, link);
  const gateways = gatewaysOf(addresses, family);
  const [isReached, isAnswered] = await unlessQuick(
    async () => gateways.length > 0 && targets.length > 0 && (await firstReachable(place, targets, [family])) !== null,
    () =>
      answersAny(
        place,
        gateways.map((address) => ({ link, address })),
      ),
  );
  return {
    ...egressOf({ family, link, addresses, hasTargets: targets.length > 0, isReached, isAnswered }),
    since: new Date().toISOString(),
  };
}

function gatewaysOf({ gateways4, gateways6 }: AddressFacts, family: Family): string[] {
  return family === "v4" ? gateways4 : gateways6;
}
