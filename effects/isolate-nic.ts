import type { Effects, Isolation } from "../src/contract.ts";
import { BootError } from "../src/errors.ts";
import { ipBatch, readLink, readNamespaces, type Place } from "../src/os/ip.ts";
import { exclusively } from "../src/os/queue.ts";
import { setSysctlsIn } from "../src/os/sysctl.ts";
import { probeNamespace } from "../src/policy/names.ts";
import { probed } from "../src/policy/sysctls.ts";
import { dissolve } from "./release-nic.ts";

/**
 * Gives a NIC's traffic a network namespace of its own, in which a link of the NIC's name is up.
 *
 * `passthru` puts a macvlan with the NIC's MAC there while the NIC stays where it is, so that no crash can strand it;
 * `move` puts the NIC itself there. `auto` moves it only where the kernel has no macvlan.
 *
 * @throws BootError `link-gone`, `not-verified`
 */
export const isolateNic: Effects["isolateNic"] = ({ nic, isolation }, { signal }) =>
  exclusively(`nic:${nic}`, signal, async () => {
    const inside = { namespace: probeNamespace(nic), signal };
    if ((await readNamespaces()).includes(inside.namespace)) {
      const found = await readIsolation(nic, inside);
      if (found !== null) return { isolation: found };
      await dissolve(inside.namespace, { keepLease: false, signal });
    }
    await build(nic, isolation, inside);
    const built = await readIsolation(nic, inside);
    if (built === null) throw new BootError("not-verified", `${nic} is not up in ${inside.namespace}`);
    return { isolation: built };
  });

/** How the NIC is present in its probe's namespace; null when it is not, or is not switched on. */
async function readIsolation(nic: string, inside: Place): Promise<Isolation | null> {
  const link = await readLink(inside, nic);
  if (link?.flags.includes("UP") !== true) return null;
  return link.linkinfo?.info_kind === "macvlan" ? "passthru" : "move";
}

type Inside = Place & { namespace: string };

async function build(nic: string, isolation: Isolation | "auto", inside: Inside): Promise<void> {
  await putInside(nic, isolation, inside);
  await setSysctlsIn(inside.namespace, probed(nic), inside.signal);
  await ipBatch(inside, ["link set dev lo up", `link set dev ${nic} up`]);
}

async function putInside(nic: string, isolation: Isolation | "auto", inside: Inside): Promise<void> {
  const node = { ...inside, namespace: null };
  const { namespace } = inside;
  const create = `netns add ${namespace}`;
  const move = `link set dev ${nic} netns ${namespace}`;
  if (isolation === "move") return ipBatch(node, [create, move]);
  try {
    await ipBatch(node, [create, `link add link ${nic} name ${nic} netns ${namespace} type macvlan mode passthru`]);
  } catch (error) {
    if (isolation === "passthru" || !isUnsupported(error)) throw error;
    await ipBatch(node, [move]);
  }
}

function isUnsupported(error: unknown): boolean {
  return error instanceof BootError && error.code === "unsupported";
}
