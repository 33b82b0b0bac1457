import type { Effects } from "../src/contract.ts";
import { BootError } from "../src/errors.ts";
import { clientFiles, eventDirectory, releaseSignalFor } from "../src/os/dhcp-client.ts";
import { remove } from "../src/os/files.ts";
import { ip, readLinks, readNamespaces } from "../src/os/ip.ts";
import { endProcesses } from "../src/os/processes.ts";
import { exclusively } from "../src/os/queue.ts";
import { probeNamespace } from "../src/policy/names.ts";

/**
 * Gives a NIC back from its probe: ends what runs in the probe's namespace, moves the NIC home if it is in there, and
 * removes the namespace. Without `keepLease` the DHCP server is told that the lease is free.
 * A NIC that is not being probed is left alone.
 *
 * @throws BootError `timeout` when a process survives, `not-verified` when the namespace does
 */
export const releaseNic: Effects["releaseNic"] = ({ nic, keepLease }, { signal }) =>
  exclusively(`nic:${nic}`, signal, () =>
    exclusively(`nic:${nic}/v4`, signal, () =>
      exclusively(`nic:${nic}/v6`, signal, async () => {
        const namespace = probeNamespace(nic);
        if ((await readNamespaces()).includes(namespace)) await dissolve(namespace, { keepLease, signal });
        await remove(`/etc/netns/${namespace}`, eventDirectory(namespace), ...clientFiles(nic));
        return { nic };
      }),
    ),
  );

/** Ends what runs in a probe's namespace, gets its NIC out of it, and removes it. */
export async function dissolve(
  namespace: string,
  { keepLease, signal }: { keepLease: boolean; signal: AbortSignal },
): Promise<void> {
  await endProcesses(namespace, () => true, keepLease ? "SIGKILL" : ({ title }) => releaseSignalFor(title));
  const inside = { namespace, signal };
  for (const { ifname, linkinfo } of await readLinks(inside)) {
    if (ifname === "lo") continue;
    if (linkinfo?.info_kind === "macvlan") await ip(inside, "link", "del", "dev", ifname);
    else await ip(inside, "link", "set", "dev", ifname, "netns", "1");
  }
  await ip({ namespace: null, signal }, "netns", "del", namespace);
  if ((await readNamespaces()).includes(namespace)) {
    throw new BootError("not-verified", `namespace ${namespace} is still there`);
  }
}
