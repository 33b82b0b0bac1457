import type { AddressFacts, Egress, Family } from "../src/contract.ts";
import { type Place, readAddresses } from "../src/os/ip.ts";
import { resolveTargets } from "../src/os/resolve.ts";
import { tryWayOut } from "../src/os/way-out.ts";
import { egressOf } from "../src/policy/egress.ts";
import { names } from "../src/policy/names.ts";
import type { Effects } from "../src/ports.ts";

/** A host that is there accepts a connection within its round-trip time. */
const patienceMs = 500;

/**
 * Finds out with real connections what the node and the network resources behind ndmz reach, in each family. Names are
 * resolved once, on the node.
 *
 * @throws BootError `tool-missing`, `aborted`
 */
export const proveReach: Effects["proveReach"] = async ({ targets }, { signal }) => {
  const node = { namespace: null, signal };
  const ndmz = { namespace: names.ndmz, signal };
  const [resolved, zos, npub4, npub6] = await Promise.all([
    resolveTargets(targets),
    readAddresses(node, names.bridge),
    readAddresses(ndmz, names.npub4),
    readAddresses(ndmz, names.npub6),
  ]);
  const tried = (way: Way) => tryEgress(way, resolved[way.family]);
  const [node4, node6, workloads4, workloads6] = await Promise.all([
    tried({ place: node, link: names.bridge, family: "v4", addresses: zos }),
    tried({ place: node, link: names.bridge, family: "v6", addresses: zos }),
    tried({ place: ndmz, link: names.npub4, family: "v4", addresses: npub4 }),
    tried({ place: ndmz, link: names.npub6, family: "v6", addresses: npub6 }),
  ]);
  return { node: { v4: node4, v6: node6 }, workloads: { v4: workloads4, v6: workloads6 } };
};

interface Way {
  place: Place;
  link: string;
  family: Family;
  addresses: AddressFacts;
}

async function tryEgress({ addresses, ...way }: Way, targets: readonly string[]): Promise<Egress> {
  const gateways = way.family === "v4" ? addresses.gateways4 : addresses.gateways6;
  const { reached, gatewayAnswers } =
    gateways.length === 0
      ? { reached: null, gatewayAnswers: false }
      : await tryWayOut({ ...way, gateways, patienceMs }, targets);
  const { family, link } = way;
  const trial = { family, link, addresses, hasTargets: targets.length > 0 };
  return {
    ...egressOf({ ...trial, isReached: reached !== null, isAnswered: gatewayAnswers }),
    since: new Date().toISOString(),
  };
}
