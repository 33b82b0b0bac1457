import type { Adopted, Family, Identity, NodeFacts } from "../contract.ts";
import type { LanAccess } from "./lan-access.ts";
import { isResourcePort, names } from "./names.ts";
import { isRight, ndmzLinks, ndmzSysctls, type PlacedLink, resourceSide } from "./ndmz-plan.ts";
import { amissInRoutingRules, type RoutingRule } from "./routing-rules.ts";
import { forwarding } from "./sysctls.ts";

/** What a boot has set, for comparing it with what is. */
export type Setting = Pick<Adopted, "uplink" | "exit"> & { identity: Identity; lan: LanAccess };

/** A link of the node; `ip -j -d link show` has it. */
export interface ReadLink extends PlacedLink {
  flags: string[];
  master?: string | undefined;
}

/** What ndmz is found to be. */
export interface NdmzReading {
  links: ReadLink[];
  /** Addresses of tonrs, with prefix length. */
  toResources: string[];
  /** Destinations of routes through tonrs. */
  destinations: string[];
  /** Kernel parameters by path below /proc/sys; those that the kernel does not have are left out. */
  sysctls: Readonly<Record<string, number>>;
  hasRules: boolean;
  /** In both families, or in IPv4 where the kernel has no IPv6. */
  routingRules: Partial<Record<Family, readonly RoutingRule[]>>;
}

/** What the node is found to be. */
export interface NodeReading {
  links: ReadLink[];
  /** Whether ports of resources carry what is the resources' own, and nothing else. */
  arePortsBound: boolean;
  /** Null when there is no such namespace. */
  ndmz: NdmzReading | null;
  hasIpv6: boolean;
}

const noCarrier = "has no carrier";

/** What is not as a boot has set it, a few words each. */
export function amissIn({ links, arePortsBound, ndmz, hasIpv6 }: NodeReading, setting: Setting): NodeFacts["amiss"] {
  const { uplink, exit } = setting;
  return {
    uplink: amissBelow(names.bridge, uplink.nic, links),
    exit: exit.exitNic === null ? [] : amissBelow(names.publicBridge, exit.exitNic, links),
    ndmz: [
      ...amissOnResourceSide(links),
      ...(arePortsBound ? [] : [`the rules of ${names.ndmzBridge} are not those that were set`]),
      ...(ndmz === null ? [`there is no namespace ${names.ndmz}`] : amissInNdmz({ links, ndmz, hasIpv6 }, setting)),
    ],
    nat: ndmz === null ? ["there are no rules"] : amissInRules(ndmz),
  };
}

/** Whether all that is amiss with the NICs is that one of them, switched on and in its place, has no carrier. */
export function isFlap({ uplink, exit }: NodeFacts["amiss"]): boolean {
  const all = [...uplink, ...exit];
  return all.length > 0 && all.every((each) => each.endsWith(noCarrier));
}

/** A bridge and its NIC. */
function amissBelow(bridge: string, nic: string, links: readonly ReadLink[]): string[] {
  const port = links.find(({ ifname }) => ifname === nic);
  if (port === undefined) return [`${nic} is gone`];
  if (port.master !== bridge) return [`${nic} is no port of ${bridge}`];
  if (!isUp(port)) return [`${nic} is switched off`];
  if (!port.flags.includes("LOWER_UP")) return [`${nic} ${noCarrier}`];
  return links.some(({ ifname, ...link }) => ifname === bridge && isUp(link)) ? [] : [`${bridge} is switched off`];
}

function amissOnResourceSide(links: readonly ReadLink[]): string[] {
  const bridge = links.find(({ ifname }) => ifname === names.ndmzBridge);
  if (bridge === undefined) return [`there is no ${names.ndmzBridge}`];
  const astray = links.filter(({ ifname, master }) => isResourcePort(ifname) && master !== names.ndmzBridge);
  return [
    ...(isUp(bridge) ? [] : [`${names.ndmzBridge} is switched off`]),
    ...links.filter(takesArp).map(({ ifname }) => `the node takes ARP on ${ifname}`),
    ...astray.map(({ ifname }) => `${ifname} is no port of ${names.ndmzBridge}`),
  ];
}

function takesArp({ ifname, flags }: ReadLink): boolean {
  return (ifname === names.ndmzBridge || ifname === names.publicBridge) && !flags.includes("NOARP");
}

function amissInNdmz(
  { links, ndmz, hasIpv6 }: { links: readonly ReadLink[]; ndmz: NdmzReading; hasIpv6: boolean },
  { identity, exit }: Setting,
): string[] {
  const wrong = ndmzLinks(identity, exit).flatMap((wanted) => {
    const found = ndmz.links.find(({ ifname }) => ifname === wanted.name);
    if (found === undefined) return [`there is no ${wanted.name}`];
    const parent = links.find(({ ifname }) => ifname === wanted.parent);
    if (!isRight(found, wanted, parent)) return [`${wanted.name} is not the one on ${wanted.parent}`];
    return isUp(found) ? [] : [`${wanted.name} is switched off`];
  });
  const addresses = resourceSide.addresses.filter((address) => hasIpv6 || !address.includes(":"));
  const destinations = resourceSide.routes.map((route) => route.split(" ")[0] ?? "");
  const unreachable = destinations.filter(
    (each) => (hasIpv6 || !each.includes(":")) && !ndmz.destinations.includes(each),
  );
  const missing = addresses.filter((address) => !ndmz.toResources.includes(address));
  return [
    ...wrong,
    ...missing.map((address) => `${names.toResources} has not ${address}`),
    ...unreachable.map((destination) => `${names.toResources} has no route to ${destination}`),
    ...Object.entries(ndmz.routingRules).flatMap(([family, rules]) => amissInRoutingRules(family as Family, rules)),
    ...amissInSysctls(ndmzSysctls, ndmz),
  ];
}

function amissInRules(ndmz: NdmzReading): string[] {
  return [
    ...(ndmz.hasRules ? [] : [`the rules of ${names.nftTable} are not those that were set`]),
    ...amissInSysctls(forwarding, ndmz),
  ];
}

function amissInSysctls(wanted: Readonly<Record<string, number>>, { sysctls }: NdmzReading): string[] {
  return Object.entries(wanted).flatMap(([path, value]) => {
    const found = sysctls[path];
    return found === undefined || found === value ? [] : [`${path.replaceAll("/", ".")} is ${found}`];
  });
}

function isUp({ flags }: Pick<ReadLink, "flags">): boolean {
  return flags.includes("UP");
}
