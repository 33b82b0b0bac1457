import type { Adopted, Family } from "../src/contract.ts";
import type { Effects, Supervisor } from "../src/ports.ts";
import { readIdentity } from "../src/os/identity.ts";
import { ipBatch, type Link, type Place, readAddresses, readLink, readLinks, readNamespaces } from "../src/os/ip.ts";
import { exclusively, locks } from "../src/os/locks.ts";
import { hasKernelIpv6 } from "../src/os/sysctl.ts";
import { hasIpv4, hasIpv6 } from "../src/policy/losses.ts";
import { forgetNetwork } from "../src/policy/bridge-plan.ts";
import { isResourcePort, names } from "../src/policy/names.ts";
import { exitThrough } from "../src/policy/choice.ts";
import { whyNoUplinkBy } from "../src/policy/settings-change.ts";
import { giveBackProbes } from "./give-back-probes.ts";

/**
 * Takes stock of the node: gives back what an interrupted run still had, and finds an uplink that is in its place with
 * carrier, address and default route. An uplink that is not, that must not be adopted, or that the configuration forbids, is
 * taken out of the bridge, so that it can be probed; the bridge itself stays, for ndmz hangs on it, without what a NIC that is gone had given it.
 *
 * @throws BootError `link-gone` without anything to derive an identity from, and whatever giving back throws
 */
export function recover(supervisor: Supervisor): Effects["recover"] {
  return async ({ mayAdopt, settings }, { signal }) => {
    const givenBack = await giveBackProbes({}, { signal });
    const node = { namespace: null, signal };
    const links = await readLinks(node);
    const found = mayAdopt ? await findUplink(links, node) : null;
    const adopted = found !== null && whyNoUplinkBy(settings, found.uplink.nic) === null ? found : null;
    if (adopted === null) await dismiss(supervisor, links, node);
    return {
      identity: await readIdentity(settings.nicKinds, signal),
      hasIpv6: await hasKernelIpv6(),
      adopted,
      givenBack,
    };
  };
}

const bridges = [names.bridge, names.publicBridge] as const;
const isBridge = (link: string | undefined) => bridges.some((each) => each === link);

function portsOf(links: Link[]): Link[] {
  return links.filter((link) => isBridge(link.master) && !isResourcePort(link.ifname));
}

async function findUplink(links: Link[], node: Place): Promise<Adopted | null> {
  const ports = portsOf(links);
  const port = ports.find((link) => link.master === names.bridge);
  if (port?.flags.includes("LOWER_UP") !== true) return null;
  const zos = await readAddresses(node, names.bridge);
  const families: Family[] = [];
  if (hasIpv4(zos)) families.push("v4");
  if (hasIpv6(zos)) families.push("v6");
  if (families.length === 0) return null;
  const exitPort = ports.find((link) => link.master === names.publicBridge);
  const npub4 = await readLink({ ...node, namespace: names.ndmz }, names.npub4);
  const publicBridge = links.find((link) => link.ifname === names.publicBridge);
  return {
    uplink: { nic: port.ifname, mac: port.address ?? "", mtuBytes: null, families },
    exit: exitThrough(exitPort?.ifname ?? null, npub4 === null || npub4.link_index === publicBridge?.ifindex),
  };
}

/**
 * Takes NICs out of our bridges; nothing that their networks gave stays behind to be mistaken for the next one's. DHCP
 * clients end first: udhcpc does not notice that its address is taken away.
 */
async function dismiss(supervisor: Supervisor, links: Link[], node: Place): Promise<void> {
  const found = links.filter((link) => isBridge(link.ifname) && link.linkinfo?.info_kind === "bridge");
  if (found.length === 0) return;
  const ndmz = { ...node, namespace: names.ndmz };
  await supervisor.remove({ service: names.uplinkClient, iface: names.bridge, namespace: null });
  await supervisor.remove({ service: names.ndmzClient, iface: names.npub4, namespace: names.ndmz });
  const ports = portsOf(links).map(({ ifname }) => ifname);
  await exclusively([...ports.map(locks.nic), ...bridges.map(locks.bridge)], node.signal, () =>
    ipBatch(node, [
      ...ports.map((port) => `link set dev ${port} nomaster`),
      ...found.flatMap(({ ifname }) => forgetNetwork(ifname)),
    ]),
  );
  const outward = (await readNamespaces()).includes(names.ndmz) ? await readLinks(ndmz) : [];
  await exclusively(locks.ndmz, node.signal, () =>
    ipBatch(
      ndmz,
      outward
        .filter(({ ifname }) => ifname === names.npub4 || ifname === names.npub6)
        .flatMap(({ ifname }) => forgetNetwork(ifname)),
    ),
  );
}
