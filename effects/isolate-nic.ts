import type { Effects, Isolation } from "../src/contract.ts";
import { BootError } from "../src/errors.ts";
import { ip, ipBatch, readLink, readNamespaces, type Place } from "../src/os/ip.ts";
import { exclusively } from "../src/os/queue.ts";
import { setSysctlsIn } from "../src/os/sysctl.ts";
import { probeNamespace } from "../src/policy/names.ts";
import { probeDefaults } from "../src/policy/sysctls.ts";
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
    if ((await readNamespaces(signal)).includes(inside.namespace)) {
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
  await ip({ ...inside, namespace: null }, "netns", "add", inside.namespace);
  await setSysctlsIn(inside.namespace, probeDefaults, inside.signal);
  await putInside(nic, isolation, inside);
  await ipBatch(inside, ["link set dev lo up", `link set dev ${nic} up`]);
}

async function putInside(nic: string, isolation: Isolation | "auto", inside: Inside): Promise<void> {
  const node = { ...inside, namespace: null };
  const macvlan = ["type", "macvlan", "mode", "passthru"];
  if (isolation !== "move") {
    try {
      await ip(node, "link", "add", "link", nic, "name", nic, "netns", inside.namespace, ...macvlan);
      return;
    } catch (error) {
      if (isolation === "passthru" || !isUnsupported(error)) throw error;
    }
  }
  await ip(node, "link", "set", "dev", nic, "netns", inside.namespace);
}

function isUnsupported(error: unknown): boolean {
  return error instanceof BootError && error.code === "unsupported";
}
