import type { Effects, Isolation } from "../src/contract.ts";
import { BootError } from "../src/errors.ts";
import { changeAndReadLink, type Link, type Place, readLink, readNamespaces } from "../src/os/ip.ts";
import { changeTogether } from "../src/os/ip-together.ts";
import { exclusively } from "../src/os/queue.ts";
import { probeNamespace } from "../src/policy/names.ts";
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
      const found = isolationOf(await readLink(inside, nic));
      if (found !== null) return { isolation: found, listeningAtMs: performance.now() };
      await dissolve({ nic, becomes: "ready" }, signal);
    }
    return { isolation: await build(nic, isolation, inside), listeningAtMs: performance.now() };
  });

/** How the NIC is present in its probe's namespace; null when it is not, or is not switched on. */
function isolationOf(link: Link | null): Isolation | null {
  if (link?.flags.includes("UP") !== true) return null;
  return link.linkinfo?.info_kind === "macvlan" ? "passthru" : "move";
}

type Inside = Place & { namespace: string };

async function build(nic: string, wanted: Isolation | "auto", inside: Inside): Promise<Isolation> {
  const isolation = await putInside(nic, wanted, inside);
  if (isolation === "passthru") return isolation;
  const link = await changeAndReadLink(inside, nic, [`link set dev ${nic} up`]);
  if (isolationOf(link) !== isolation) throw new BootError("not-verified", `${nic} is not up in ${inside.namespace}`);
  return isolation;
}

/** Tells how it got there: a macvlan is created switched on, a moved NIC arrives switched off. */
async function putInside(nic: string, isolation: Isolation | "auto", inside: Inside): Promise<Isolation> {
  const { namespace, signal } = inside;
  const create = [`netns add ${namespace}`, `netns set ${namespace} auto`];
  const move = `link set dev ${nic} netns ${namespace}`;
  if (isolation === "move") {
    await changeTogether([...create, move], signal);
    return "move";
  }
  try {
    const macvlan = `link add link ${nic} name ${nic} netns ${namespace} up type macvlan mode passthru`;
    await changeTogether([...create, macvlan], signal);
    return "passthru";
  } catch (error) {
    if (isolation === "passthru" || !isUnsupported(error)) throw error;
    await changeTogether([move], signal);
    return "move";
  }
}

function isUnsupported(error: unknown): boolean {
  return error instanceof BootError && error.code === "unsupported";
}
