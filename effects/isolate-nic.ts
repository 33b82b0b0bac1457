import type { Isolation } from "../src/contract.ts";
import type { Effects } from "../src/ports.ts";
import { BootError } from "../src/errors.ts";
import { changeAndReadLink, ipBatch, type Link, type Place, readLink, readNamespaces } from "../src/os/ip.ts";
import { changeTogether } from "../src/os/coalesced-ip.ts";
import { guardDhcp } from "../src/os/dhcp-guard.ts";
import { readNicState } from "../src/os/nic-state.ts";
import { exclusively, locks } from "../src/os/locks.ts";
import { passingName, probeNamespace } from "../src/policy/names.ts";
import { dissolve } from "./release-nic.ts";

/**
 * Gives a NIC's traffic a network namespace of its own, in which a link of the NIC's name is up.
 *
 * What DHCP servers say to others is kept from it. `passthru` puts a macvlan with the NIC's MAC there while the NIC stays
 * where it is, so that no crash can strand it; `move` puts the NIC itself there, past that guard until it is back. `auto`
 * moves it when the kernel refuses the macvlan, whatever the reason.
 *
 * @throws BootError `link-gone`, `not-verified`
 */
export const isolateNic: Effects["isolateNic"] = ({ nic, isolation }, { signal }) =>
  exclusively(locks.nic(nic), signal, async () => {
    const inside = { namespace: probeNamespace(nic), signal };
    if ((await readNamespaces()).includes(inside.namespace)) {
      const found = isolationOf(await readLink(inside, nic));
      if (found !== null) {
        await guardDhcp(nic, signal);
        return { isolation: found, listeningAtMs: performance.now() };
      }
      await dissolve({ nic, becomes: "ready" }, signal);
    }
    const [built] = await Promise.all([build(nic, isolation, inside), guardDhcp(nic, signal)]);
    return { isolation: built, listeningAtMs: performance.now() };
  });

/** How the NIC is present in its probe's namespace; null when it is not, or is not switched on. */
function isolationOf(link: Link | null): Isolation | null {
  if (link?.flags.includes("UP") !== true) return null;
  return link.linkinfo?.info_kind === "macvlan" ? "passthru" : "move";
}

type Inside = Place & { namespace: string };

async function build(nic: string, wanted: Isolation | "auto", inside: Inside): Promise<Isolation> {
  const { isolation, isUp } = await putInside(nic, wanted, inside);
  if (isUp) return isolation;
  const link = await changeAndReadLink(inside, nic, [`link set dev ${nic} up`]);
  if (isolationOf(link) !== isolation) throw new BootError("not-verified", `${nic} is not up in ${inside.namespace}`);
  return isolation;
}

interface Placed {
  isolation: Isolation;
  /** A macvlan is created switched on where that can be; a moved or renamed link is switched off. */
  isUp: boolean;
}

async function putInside(nic: string, isolation: Isolation | "auto", inside: Inside): Promise<Placed> {
  const { namespace, signal } = inside;
  const create = [`netns add ${namespace}`, `netns set ${namespace} auto`];
  const move = `link set dev ${nic} netns ${namespace}`;
  if (isolation === "move") await changeTogether([...create, move], signal);
  else {
    try {
      return await putMacvlanInside(nic, create, inside);
    } catch (error) {
      if (isolation === "passthru" || !isRefusal(error)) throw error;
    }
    await changeTogether([move], signal);
  }
  return { isolation: "move", isUp: false };
}

/**
 * Kernels before 6.15 make a link in its creator's namespace and move it then, so that the NIC's name, which is taken there, is
 * refused: there it is made under a free name and renamed inside, where it must be switched off for that.
 */
async function putMacvlanInside(nic: string, create: string[], inside: Inside): Promise<Placed> {
  const { namespace, signal } = inside;
  const add = (name: string) => `link add link ${nic} name ${name} netns ${namespace}`;
  const macvlan = "type macvlan mode passthru";
  try {
    await changeTogether([...create, `${add(nic)} up ${macvlan}`], signal);
    return { isolation: "passthru", isUp: true };
  } catch (error) {
    if (!(error instanceof BootError && error.code === "exists")) throw error;
  }
  const passing = passingName(await readIndex(nic));
  await changeTogether([`${add(passing)} ${macvlan}`], signal);
  await ipBatch(inside, [`link set dev ${passing} name ${nic}`]);
  return { isolation: "passthru", isUp: false };
}

async function readIndex(nic: string): Promise<number> {
  const state = await readNicState(nic);
  if (state === null) throw new BootError("link-gone", `${nic} vanished`);
  return state.index;
}

/** Whether moving the NIC may still succeed. */
function isRefusal(error: unknown): boolean {
  return error instanceof BootError && !["aborted", "link-gone", "permission", "tool-missing"].includes(error.code);
}
