import type { Becomes } from "../src/contract.ts";
import type { Effects } from "../src/ports.ts";
import { BootError } from "../src/errors.ts";
import { clientFiles, eventDirectory, releaseSignalFor } from "../src/os/dhcp-client.ts";
import { remove } from "../src/os/files.ts";
import { ip, type Place, readLinks, readNamespaces } from "../src/os/ip.ts";
import { changeTogether } from "../src/os/coalesced-ip.ts";
import { guardDhcp } from "../src/os/dhcp-guard.ts";
import { readNicState } from "../src/os/nic-state.ts";
import { endProcesses } from "../src/os/processes.ts";
import { checkHeld, exclusively, locks } from "../src/os/locks.ts";
import { probeNamespace } from "../src/policy/names.ts";

/**
 * Gives a NIC back from its probe: ends what runs in the probe's namespace, moves the NIC home if it is in there, and
 * removes the namespace. Unless the NIC becomes the uplink, the DHCP server is told that the lease is free. A NIC that is
 * not being probed is left alone.
 *
 * @throws BootError `timeout` when a process survives, `not-verified` when the namespace does
 */
export const releaseNic: Effects["releaseNic"] = ({ nic, becomes }, { signal }) =>
  exclusively([locks.nic(nic), locks.nicFamily(nic, "v4"), locks.nicFamily(nic, "v6")], signal, async () => {
    const namespace = probeNamespace(nic);
    if ((await readNamespaces()).includes(namespace)) await dissolve({ nic, becomes }, signal);
    await remove(`/etc/netns/${namespace}`, eventDirectory(namespace), ...clientFiles(nic));
    return { nic };
  });

/** Ends what runs in a probe's namespace, gets its NIC out of it, and removes it, under the NIC's lock. */
export async function dissolve(
  { nic, becomes }: { nic: string; becomes: Becomes },
  signal: AbortSignal,
): Promise<void> {
  checkHeld(locks.nic(nic));
  const namespace = probeNamespace(nic);
  await endProcesses(namespace, () => true, becomes === "uplink" ? "SIGKILL" : ({ title }) => releaseSignalFor(title));
  const inside = { namespace, signal };
  if ((await readNicState(nic)) === null) {
    await sendHome(inside);
    await guardDhcp(nic, signal);
  } else if (becomes !== "idle") await removeMacvlan(nic, inside);
  await changeTogether([`netns del ${namespace}`], signal);
  if ((await readNamespaces()).includes(namespace)) {
    throw new BootError("not-verified", `namespace ${namespace} is still there`);
  }
}

/** A NIC that was moved into the namespace goes back to the node. */
async function sendHome(inside: Place): Promise<void> {
  for (const { ifname, linkinfo } of await readLinks(inside)) {
    if (ifname === "lo" || linkinfo?.info_kind === "macvlan") continue;
    await ip(inside, "link", "set", "dev", ifname, "netns", "1");
  }
}

/** The NIC itself never left. A macvlan that goes with its namespace holds it some time longer. */
async function removeMacvlan(nic: string, inside: Place): Promise<void> {
  await ip(inside, "link", "del", "dev", nic).catch((error: unknown) => {
    if (!(error instanceof BootError && error.code === "link-gone")) throw error;
  });
}
