import { BootError } from "../errors.ts";
import { checkedLink, names } from "./names.ts";

/** What planning needs of a link; `ip -j -d link show` has it. */
export interface LinkFacts {
  ifname: string;
  flags: string[];
  address?: string | undefined;
  master?: string | undefined;
  mtu: number;
  max_mtu?: number | undefined;
  linkinfo?: { info_kind?: string | undefined; info_data?: { stp_state?: number | undefined } | undefined } | undefined;
}

/** The bridge that is wanted, and what there is. */
export interface BridgeWish {
  bridge: string;
  nic: string;
  /** Null leaves the NIC as it is; more than the NIC can do is left out. */
  mtuBytes: number | null;
  links: LinkFacts[];
  /** NICs that the program has taken; other ports are somebody else's, and stay. */
  ours: readonly string[];
}

/** Lines for `ip -batch`; both lists are empty when the bridge is as wished. */
export interface BridgePlan {
  /** What must exist before sysctls can be written. */
  create: string[];
  connect: string[];
}

/**
 * Lines for `ip -batch` after which a link has nothing of the network that it was in: one that goes down loses its IPv6
 * addresses and all routes; IPv4 addresses must be flushed.
 */
export function forgetNetwork(link: string): string[] {
  return [`link set dev ${link} down`, `addr flush dev ${link} scope global`];
}

/**
 * What is missing for a bridge with the NIC's MAC, spanning tree off (a port would forward after 30 s only), and this NIC
 * as the only one of ours. On `br-pub` the node itself answers nobody's ARP. A bridge without an MTU of its own takes that of its
 * ports; what the network of an earlier NIC gave it goes with that NIC.
 *
 * @throws BootError `link-gone` without the NIC, `foreign` when something else has the bridge's name
 */
export function planBridge({ bridge, nic, mtuBytes, links, ours }: BridgeWish): BridgePlan {
  const found = links.find((link) => link.ifname === bridge);
  const port = links.find((link) => link.ifname === checkedLink(nic));
  if (port?.address === undefined) throw new BootError("link-gone", `${nic} is not there`);
  if (found !== undefined && found.linkinfo?.info_kind !== "bridge") {
    throw new BootError("foreign", `a link named ${bridge} exists and is no bridge`);
  }
  const others = links.filter(({ master, ifname }) => master === bridge && ifname !== nic && ours.includes(ifname));
  const isNodeOff = bridge === names.publicBridge;
  const arp = isNodeOff ? " arp off" : "";
  const create =
    found === undefined ? [`link add name ${bridge} address ${port.address}${arp} type bridge stp_state 0`] : [];
  const isNewcomer = found !== undefined && port.master !== bridge;
  const connect = [
    ...others.map((link) => `link set dev ${checkedLink(link.ifname)} nomaster`),
    ...(isNewcomer ? forgetNetwork(bridge) : []),
  ];
  if (found !== undefined && found.address !== port.address)
    connect.push(`link set dev ${bridge} address ${port.address}`);
  if (isNodeOff && found?.flags.includes("NOARP") === false) connect.push(`link set dev ${bridge} arp off`);
  if (found?.linkinfo?.info_data?.stp_state === 1) connect.push(`link set dev ${bridge} type bridge stp_state 0`);
  const isMtuPossible = mtuBytes !== null && mtuBytes <= (port.max_mtu ?? mtuBytes);
  if (isMtuPossible && port.mtu !== mtuBytes) connect.push(`link set dev ${nic} mtu ${mtuBytes}`);
  if (port.master !== bridge) connect.push(`link set dev ${nic} master ${bridge}`);
  if (!port.flags.includes("UP")) connect.push(`link set dev ${nic} up`);
  if (isNewcomer || found?.flags.includes("UP") !== true) connect.push(`link set dev ${bridge} up`);
  return { create, connect };
}
