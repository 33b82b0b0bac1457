import { listNics } from "../../effects/list-nics.ts";
import type { ExitPlan, Nic, NicVerdict, Settings } from "../contract.ts";
import { firstReachable, type Ways } from "../os/connect.ts";
import { readDriver } from "../os/nic-driver.ts";
import { type Link, readLink, readLinks } from "../os/ip.ts";
import { resolveTargets } from "../os/resolve.ts";
import { hasKernelIpv6 } from "../os/sysctl.ts";
import { exitThrough } from "../policy/choice.ts";
import { names } from "../policy/names.ts";
import type { NicNetwork } from "../policy/network.ts";
import { verdictsOnLinks } from "../policy/pins.ts";
import { byName } from "../policy/selection.ts";
import { networksOf, type Plan, type Standing } from "../policy/site.ts";
import type { Status } from "../program/status-file.ts";
import { readAddressesNow } from "./addresses-now.ts";
import type { Findings, Hardware } from "./report.ts";

/** The NICs that are ports of our bridges. */
export interface InUse {
  uplink: Link | null;
  exit: Link | null;
  plan: ExitPlan;
}

/** The NICs of the node that are in use by a boot, whether that still runs or not. */
export async function readInUse(signal: AbortSignal): Promise<InUse> {
  const [links, npub4] = await Promise.all([
    readLinks({ namespace: null, signal }),
    readLink({ namespace: names.ndmz, signal }, names.npub4),
  ]);
  const portOf = (bridge: string) => links.find((link) => link.master === bridge) ?? null;
  const exit = portOf(names.publicBridge);
  const publicBridge = links.find(({ ifname }) => ifname === names.publicBridge);
  const isNpub4There = npub4 !== null && npub4.link_index === publicBridge?.ifindex;
  return { uplink: portOf(names.bridge), exit, plan: exitThrough(exit?.ifname ?? null, isNpub4There) };
}

/**
 * What stands on a booted node, from what its boot wrote down and from the kernel. No NIC is touched: all that leaves
 * the node is a connection from ndmz to a target.
 */
export async function readStanding(status: Status | null, inUse: InUse, settings: Settings): Promise<Findings> {
  const { signal } = new AbortController();
  const plan = { ...planOf(status, inUse), hasIpv6: await hasKernelIpv6(), ...outsideIn(status) };
  const now = inUse.uplink === null ? null : await readAddressesNow();
  const standing: Standing = {
    nics: status?.nics ?? [],
    probes: status?.probes ?? [],
    ...plan,
    zos: now?.zos ?? null,
    ndmz: now?.ndmz ?? null,
  };
  const links = await listNics({ kinds: settings.nicKinds }, { signal });
  const networks = networksOf(standing).map((network) => withCarrier(network, inUse));
  const hardware = await readHardware(networks, links.nics, signal);
  return {
    hardware,
    networks: now?.ndmz == null ? networks : await withEgress(networks, { plan, ndmz: now.ndmz, settings }),
    verdicts: [
      ...verdictsOf(standing).filter(({ nic }) => hardware.some((each) => each.nic === nic)),
      ...verdictsOnLinks(hardware, { ...settings, otherLinks: links.otherLinks }),
    ],
    ...plan,
  };
}

/** What the boot has found out from outside, with its time. */
function outsideIn(status: Status | null): Pick<Plan, "outside"> {
  const { answer, reason, at } = status?.zdb ?? { answer: null, reason: "", at: null };
  return answer === null || at === null ? {} : { outside: { answer, reason: `${reason} (${at})` } };
}

const noDetails = { mac: "", mtuBytes: null, families: [] };

/** The plan that the boot wrote down; what the kernel shows of it where nothing was written. */
function planOf(status: Status | null, { uplink, plan }: InUse): Pick<Plan, "uplink" | "exit"> {
  if (uplink === null || (status !== null && status.uplink !== null)) {
    return { uplink: status?.uplink ?? null, exit: status?.exit ?? null };
  }
  return { uplink: { ...noDetails, nic: uplink.ifname, mac: uplink.address ?? "" }, exit: plan };
}

/** The boot's verdicts, and those that the kernel shows where the boot did not have to decide. */
function verdictsOf({ nics, uplink, exit }: Standing): NicVerdict[] {
  const shown: NicVerdict[] = [];
  if (uplink !== null) shown.push({ nic: uplink.nic, verdict: "chosen", reason: `the port of ${names.bridge}` });
  if (exit?.exitNic != null)
    shown.push({ nic: exit.exitNic, verdict: "exit", reason: `the port of ${names.publicBridge}` });
  return [...nics, ...shown.filter(({ nic }) => nics.every((each) => each.nic !== nic))];
}

function withCarrier(network: NicNetwork, { uplink, exit }: InUse): NicNetwork {
  const port = [uplink, exit].find((link) => link?.ifname === network.nic);
  return port == null ? network : { ...network, hasCarrier: port.flags.includes("LOWER_UP") };
}

/** The hardware of all NICs that count, also of those that nobody has probed. */
async function readHardware(networks: NicNetwork[], free: Nic[], signal: AbortSignal): Promise<Hardware[]> {
  const links = await readLinks({ namespace: null, signal });
  const nics = [...new Set([...networks.map(({ nic }) => nic), ...free.map(({ name }) => name)])].toSorted(byName);
  return Promise.all(
    nics.map(async (nic) => {
      const link = links.find(({ ifname }) => ifname === nic);
      const isUp = link?.flags.includes("UP") === true;
      return {
        nic,
        hasCarrier:
          networks.find((network) => network.nic === nic)?.hasCarrier ??
          (isUp ? link.flags.includes("LOWER_UP") : null),
        driver: await readDriver(nic),
        mac: link?.address ?? null,
        mtuBytes: link?.mtu ?? null,
      };
    }),
  );
}

interface Tried {
  plan: Plan;
  ndmz: NonNullable<Standing["ndmz"]>;
  settings: Settings;
}

/** Whether ndmz reaches a target, tried now: what workloads can do is worth more than what a probe saw. */
async function withEgress(networks: NicNetwork[], { plan, ndmz, settings }: Tried): Promise<NicNetwork[]> {
  const ways = { goals: settings, resolved: await resolveTargets(settings.reachTargets) };
  const [v4, v6] = await Promise.all([
    ndmz.npub4.gateways4.length === 0 ? null : isReached({ ...ways, families: ["v4"] }),
    ndmz.npub6.gateways6.length === 0 ? null : isReached({ ...ways, families: ["v6"] }),
  ]);
  const nic6 = plan.exit?.exitNic ?? plan.uplink?.nic;
  const nic4 = plan.exit?.npub4Parent === names.publicBridge ? nic6 : plan.uplink?.nic;
  return networks.map((network) => ({
    ...network,
    reaches: {
      v4: network.nic === nic4 ? (v4 ?? network.reaches.v4) : network.reaches.v4,
      v6: network.nic === nic6 ? (v6 ?? network.reaches.v6) : network.reaches.v6,
    },
  }));
}

/** Whether ndmz reaches any target; they are resolved, for ndmz has no resolver of its own. */
async function isReached(ways: Ways): Promise<boolean> {
  const { signal } = new AbortController();
  return (await firstReachable({ namespace: names.ndmz, signal }, ways)).reached !== null;
}
