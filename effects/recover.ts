import type { AddressFacts, Adopted, ExitPlan, Family, MayAdopt, Uplink } from "../src/contract.ts";
import type { Effects, Supervisor } from "../src/ports.ts";
import { forgetClients, keptClient } from "../src/os/dhcp-client.ts";
import { readIdentity } from "../src/os/identity.ts";
import { type Link, type Place, ipBatch, readAddresses, readLink, readLinks, readNamespaces } from "../src/os/ip.ts";
import { keptExit } from "../src/os/kept-exit.ts";
import { exclusively, locks } from "../src/os/locks.ts";
import { rememberedNics } from "../src/os/nic-backup.ts";
import { readNicState } from "../src/os/nic-state.ts";
import { hasKernelIpv6 } from "../src/os/sysctl.ts";
import { hasIpv4, hasIpv6 } from "../src/policy/losses.ts";
import { forgetNetwork } from "../src/policy/bridge-plan.ts";
import { noAddresses } from "../src/policy/addresses.ts";
import { isClientIdOfMac } from "../src/policy/identity.ts";
import { names } from "../src/policy/names.ts";
import { exitThrough } from "../src/policy/choice.ts";
import { whyNoUplinkBy } from "../src/policy/settings-change.ts";
import { checkForeign } from "./check-foreign.ts";
import { giveBackProbes } from "./give-back-probes.ts";
import { listNics } from "./list-nics.ts";

/**
 * Takes stock of the node: gives back what an interrupted run still had, and finds an uplink that is in its place with
 * carrier, address and default route. An uplink that is not, that must not be adopted, or that the configuration forbids, is
 * taken out of the bridge, so that it can be probed; the bridge itself stays, for ndmz hangs on it, without what a NIC that is gone had given it.
 *
 * @throws BootError `foreign`, before anything is touched, on a node that others have set up; `link-gone` without anything to
 *   derive an identity from, and whatever giving back throws
 */
export function recover(supervisor: Supervisor): Effects["recover"] {
  return async ({ mayAdopt, settings }, { signal }) => {
    const node = { namespace: null, signal };
    const standing = await readLinks(node);
    await checkForeign(supervisor, standing);
    const givenBack = await giveBackProbes({}, { signal });
    const links = givenBack.length === 0 ? standing : await readLinks(node);
    const ours = await rememberedNics();
    const ports = links.filter(({ ifname, master }) => isBridge(master) && ours.includes(ifname));
    const found = mayAdopt === "nothing" ? null : await findUplink({ links, ports, mayAdopt }, node);
    const adopted = found !== null && whyNoUplinkBy(settings, found.uplink.nic) === null ? found : null;
    if (adopted === null) await dismiss(supervisor, { links, ports }, node);
    return {
      identity: await readIdentity(settings.nicKinds, links),
      hasIpv6: await hasKernelIpv6(),
      adopted: adopted && { ...adopted, idle: await readIdle(ports, settings.nicKinds, signal) },
      givenBack,
    };
  };
}

const bridges = [names.bridge, names.publicBridge] as const;
const isBridge = (link: string | undefined) => bridges.some((each) => each === link);

/** All NICs, those in our bridges among them, which count as links of others to whoever looks for NICs to probe. */
async function readIdle(ports: readonly Link[], kinds: string[], signal: AbortSignal): Promise<Adopted["idle"]> {
  const { nics } = await listNics({ kinds }, { signal });
  const all = [...new Set([...nics.map(({ name }) => name), ...ports.map(({ ifname }) => ifname)])];
  return Promise.all(all.map(async (nic) => ({ nic, hasCarrier: (await readNicState(nic))?.hasCarrier ?? false })));
}

/**
 * The uplink that works, and the exit that does; of an exit whose uplink does not, the NIC becomes the uplink, for what
 * network resources still reach the node can reach too.
 */
async function findUplink(
  { links, ports, mayAdopt }: { links: Link[]; ports: Link[]; mayAdopt: MayAdopt },
  node: Place,
): Promise<Omit<Adopted, "idle"> | null> {
  const ndmz = { ...node, namespace: names.ndmz };
  const workingPortOf = (bridge: string) =>
    ports.find(({ master, flags }) => master === bridge && flags.includes("LOWER_UP")) ?? null;
  const [port, exitPort] = [workingPortOf(names.bridge), workingPortOf(names.publicBridge)];
  if (port === null && exitPort === null) return null;
  const families = port === null ? [] : familiesOf(await readAddresses(node, names.bridge));
  const [npub4, npub6] = await Promise.all([readLink(ndmz, names.npub4), readLink(ndmz, names.npub6)]);
  const publicBridge = links.find((link) => link.ifname === names.publicBridge);
  const isNpub4Public = npub4 === null || npub4.link_index === publicBridge?.ifindex;
  if (mayAdopt === "uplink" && port !== null && families.length > 0) {
    const built = { ...exitThrough(exitPort?.ifname ?? null, isNpub4Public), ...(await knownAs(names.ndmzClient)) };
    const meant = exitPort === null && npub6 === null ? await meantExit(links, port) : null;
    return {
      uplink: { ...uplinkOf(port, families), ...(await knownAs(names.uplinkClient)) },
      exit: meant ?? built,
    };
  }
  if (exitPort === null) return null;
  const outward = [
    await readAddresses(ndmz, names.npub6),
    isNpub4Public ? await readAddresses(ndmz, names.npub4) : noAddresses,
  ];
  const reached = [...new Set(outward.flatMap(familiesOf))].toSorted();
  if (reached.length === 0) return null;
  const uplink = { ...uplinkOf(exitPort, reached), ...(await knownAs(names.ndmzClient)) };
  return { uplink, exit: exitThrough(null, false) };
}

/** The exit that was chosen, where ndmz was not built yet and its NIC is nobody's; whether it leads out, `prove` finds out. */
async function meantExit(links: readonly Link[], uplink: Link): Promise<ExitPlan | null> {
  const exit = await keptExit();
  const nic = links.find(({ ifname }) => ifname === exit?.exitNic && ifname !== uplink.ifname);
  return nic === undefined || nic.master !== undefined ? null : exit;
}

/** By what the client of a service that is adopted is known to its server, and whether it looks for others with its address. */
async function knownAs(service: string): Promise<Pick<Uplink, "knownBy" | "checksAddress">> {
  const client = await keptClient(service);
  return {
    ...(isClientIdOfMac(client?.clientId ?? "") ? { knownBy: "mac" } : {}),
    ...(client?.checksAddress === true ? { checksAddress: true } : {}),
  };
}

function uplinkOf({ ifname, address = "" }: Link, families: Family[]): Uplink {
  return { nic: ifname, mac: address, mtuBytes: null, families };
}

function familiesOf(addresses: AddressFacts): Family[] {
  return [...(hasIpv4(addresses) ? (["v4"] as const) : []), ...(hasIpv6(addresses) ? (["v6"] as const) : [])];
}

/**
 * Takes NICs out of our bridges; nothing that their networks gave stays behind to be mistaken for the next one's. DHCP
 * clients end first: udhcpc does not notice that its address is taken away.
 */
async function dismiss(
  supervisor: Supervisor,
  { links, ports }: { links: Link[]; ports: Link[] },
  node: Place,
): Promise<void> {
  const found = links.filter((link) => isBridge(link.ifname) && link.linkinfo?.info_kind === "bridge");
  if (found.length === 0) return;
  const ndmz = { ...node, namespace: names.ndmz };
  await supervisor.remove({ service: names.uplinkClient, iface: names.bridge, namespace: null });
  await supervisor.remove({ service: names.ndmzClient, iface: names.npub4, namespace: names.ndmz });
  await forgetClients(names.uplinkClient, names.ndmzClient);
  await exclusively([...ports.map(({ ifname }) => locks.nic(ifname)), ...bridges.map(locks.bridge)], node.signal, () =>
    ipBatch(node, [
      ...ports.map(({ ifname }) => `link set dev ${ifname} nomaster`),
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
