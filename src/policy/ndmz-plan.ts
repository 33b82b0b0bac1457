import type { ExitPlan, Identity } from "../contract.ts";
import { names } from "./names.ts";
import { answersForItself, autoconfigured, forwarding, ipv6Off, ipv6On, soonDoubted } from "./sysctls.ts";

/** Addresses of ndmz towards network resources, with which existing zos tools reckon. */
export const resourceSide = {
  /** Of br-ndmz, which no frame leaves; without one of its own a bridge has that of a port, and none without ports. */
  bridgeMac: "02:7a:6f:73:00:01",
  /** Of tonrs: resources that know it go on when it was made anew. */
  gatewayMac: "02:7a:6f:73:00:02",
  gateway4: "100.127.0.1",
  gateway6: "fe80::1",
  addresses: ["100.127.0.1/16", "fe80::1/64", "fd00::1/64"],
  /** Where a LAN has a prefix of the resources too, it is theirs in ndmz: a router is known by its link-local address. */
  routes: ["100.127.0.0/16 scope link src 100.127.0.1", "fd00::/64 metric 1", "fe80::/64 metric 256"],
} as const;

/** Lines for `ip -batch` that make a link a network resource's port of br-ndmz, which sees no other one. */
export function portLines(port: string): string[] {
  return [
    `link set dev ${port} master ${names.ndmzBridge}`,
    `link set dev ${port} type bridge_slave isolated on`,
    `link set dev ${port} up`,
  ];
}

/** Kernel parameters of the links in ndmz. */
export const ndmzSysctls: Readonly<Record<string, number>> = {
  ...ipv6On(names.toResources),
  ...ipv6Off(names.npub4),
  ...autoconfigured(names.npub6),
  ...answersForItself(names.npub6),
  ...soonDoubted(names.npub4, names.npub6),
};

/** Every kernel parameter that is set in ndmz. */
export const allNdmzSysctls: Readonly<Record<string, number>> = { ...ndmzSysctls, ...forwarding };

/** A macvlan that ndmz needs. */
export interface NdmzLink {
  name: string;
  parent: string;
  mac: string;
}

/** The interfaces of ndmz: towards the network resources, and outward for each family. */
export function ndmzLinks(identity: Identity, exit: ExitPlan): NdmzLink[] {
  return [
    { name: names.toResources, parent: names.ndmzBridge, mac: resourceSide.gatewayMac },
    { name: names.npub4, parent: exit.npub4Parent, mac: identity.npub4Mac },
    { name: names.npub6, parent: exit.npub6Parent, mac: identity.npub6Mac },
  ];
}

/** What planning needs of the links in ndmz and on the node. */
export interface PlacedLink {
  ifindex: number;
  ifname: string;
  mtu: number;
  address?: string | undefined;
  link_index?: number | undefined;
  linkinfo?: { info_kind?: string | undefined; info_data?: { mode?: string | undefined } | undefined } | undefined;
}

/** What must be done for ndmz to be as it is wanted. */
export interface NdmzPlan {
  /** Lines for `ip -n ndmz -batch`: what is there but wrong. */
  remove: string[];
  /** Lines for `ip -batch` on the node. */
  create: string[];
  /** Lines for `ip -n ndmz -batch`: what is right but for its MTU, which a macvlan takes from its parent only once. */
  adjust: string[];
}

/** What must be removed and created for ndmz to have exactly these macvlans; empty lists when it has. */
export function planNdmz(wanted: NdmzLink[], node: PlacedLink[], ndmz: PlacedLink[]): NdmzPlan {
  const plan: NdmzPlan = { remove: [], create: [], adjust: [] };
  for (const link of wanted) {
    const found = ndmz.find((each) => each.ifname === link.name);
    const parent = node.find((each) => each.ifname === link.parent);
    if (found !== undefined && isRight(found, link, parent)) {
      if (parent !== undefined && found.mtu !== parent.mtu)
        plan.adjust.push(`link set dev ${link.name} mtu ${parent.mtu}`);
      continue;
    }
    if (found !== undefined) plan.remove.push(`link del dev ${link.name}`);
    plan.create.push(
      `link add link ${link.parent} name ${link.name} address ${link.mac} netns ${names.ndmz} type macvlan mode bridge`,
    );
  }
  return plan;
}

/** Whether a link is the macvlan that is wanted, on its parent. */
export function isRight(found: PlacedLink, wanted: NdmzLink, parent: PlacedLink | undefined): boolean {
  return (
    found.linkinfo?.info_kind === "macvlan" &&
    found.linkinfo.info_data?.mode === "bridge" &&
    found.link_index === parent?.ifindex &&
    found.address === wanted.mac
  );
}
