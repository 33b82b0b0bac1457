import ipaddr from "ipaddr.js";
import type { Family } from "../../contract.ts";
import { names } from "../../policy/names.ts";
import type { LanAccess } from "../../policy/lan-access.ts";
import type { Destination } from "../../policy/reach-matrix.ts";
import type { Status } from "../../program/status-file.ts";
import type { Farm } from "../farm/farm.ts";
import { hostNamespace } from "../farm/hosts.ts";
import { ipBatch } from "../farm/namespaces.ts";
import type { Layout } from "../layouts/layout.ts";
import { internet, lanRoutes, type RouterPlan } from "../layouts/topology.ts";
import { addressesOf, type InterfaceAddresses } from "./node-addresses.ts";
import { type Reachable, type Stand, standAt, standOn } from "./stands.ts";

/** The network resources of two users. */
export const twoResources = ["nr1", "nr2"] as const;

/** Private addresses behind the gateway, which all gateways lead to. */
const behind = { v4: "10.99.0.1", v6: "fd99::1" } as const;
/** Towards resources, as whoever is outside would have to know it. */
const towards: Record<Family, string> = { v4: "100.127.0.0/16", v6: "fd00::/64" };

/** A layout with a host in each network, and without those whom the node asks beside. */
export function withNeighbours({ registrar: _registrar, vantage: _vantage, ...layout }: Layout): Layout {
  const segments = layout.segments.map((segment) => {
    const { ipv4 = null, ipv6 = null } = segment.router ?? {};
    const addresses = [ipv4 && hostIn(ipv4.address), ipv6 && hostIn(ipv6.prefix)].filter((each) => each !== null);
    return { ...segment, hosts: [{ name: segment.name, addresses }] };
  });
  return { ...layout, segments };
}

/** The address number 50 of a prefix, with its length. */
function hostIn(prefix: string): string {
  const [address, length] = ipaddr.parseCIDR(prefix);
  const bytes = address.toByteArray();
  return `${ipaddr.fromByteArray([...bytes.slice(0, -1), 50]).toString()}/${length}`;
}

/** All who try to reach others, or are only reached. */
export function standsIn({ layout, node, routers }: Farm): Stand[] {
  return [
    ...twoResources.map((name) => standOn(node, name, { source: "resource", name })),
    standOn(node, null, { source: "node", name: "node" }),
    ...layout.segments.map(({ name }) => standAt(hostNamespace(name), { source: "lan", name: hostNamespace(name) })),
    ...routers.map(({ namespace }) => standAt(namespace, { source: "gateway", name: namespace })),
    standAt(internet.namespace, { source: "stranger", name: internet.namespace }),
    standOn(node, names.ndmz, { source: null, name: names.ndmz }),
  ];
}

/** Where everybody is now, as the kernels say. */
export interface Ground {
  /** By what each of them is reached, by name. */
  addresses: ReadonlyMap<string, readonly Reachable[]>;
  /** The segments that the node and each outward interface of ndmz are in. */
  segments: { node: string | null } & Record<Family, string | null>;
  outward: Record<Family, string | null>;
}

/** Looks where everybody is, has strangers and neighbours know a way to ndmz and what is behind it, and the Internet one to each LAN. */
export async function surveyGround(farm: Farm, status: Status): Promise<Ground> {
  const { node } = farm;
  const [zos, npub4, npub6, tonrs, ...resources] = await Promise.all([
    addressesOf(node, names.bridge),
    ...[names.npub4, names.npub6, names.toResources].map((iface) => addressesOf(node, iface, names.ndmz)),
    ...twoResources.map((name) => addressesOf(node, names.resource, name)),
  ]);
  const own: [string, Reachable[]][] = [
    ["node", placed("node", allOf(zos))],
    [names.ndmz, placed("ndmz", [npub4, npub6, tonrs].flatMap(allOf))],
    ...twoResources.map((name, at): [string, Reachable[]] => [name, placed("resource", allOf(resources[at]))]),
  ];
  const ground = {
    addresses: new Map([...own, ...othersIn(farm)]),
    segments: segmentsIn(farm.layout, status),
    outward: { v4: npub4?.ipv4[0] ?? null, v6: npub6?.ipv6[0] ?? null },
  };
  await teachWays(farm, ground);
  return ground;
}

function allOf(found: InterfaceAddresses | undefined): string[] {
  return found === undefined ? [] : [...found.ipv4, ...found.ipv6];
}

function segmentsIn({ nics }: Layout, { uplink, exit }: Status): Ground["segments"] {
  const segmentAt = (nic: string | null | undefined) => nics.find(({ name }) => name === nic)?.segment ?? null;
  const below = (parent: string | undefined) => segmentAt(parent === names.publicBridge ? exit?.exitNic : uplink?.nic);
  return { node: segmentAt(uplink?.nic), v4: below(exit?.npub4Parent), v6: below(exit?.npub6Parent) };
}

/** Those whose addresses stay. */
function othersIn({ layout, routers }: Farm): [string, Reachable[]][] {
  return [
    ...layout.segments.map(({ name, hosts = [] }): [string, Reachable[]] => {
      const addresses = hosts.flatMap((host) => host.addresses);
      return [hostNamespace(name), placed("lan", addresses)];
    }),
    ...routers.map((plan): [string, Reachable[]] => [plan.namespace, placed("gateway", lanAddressesOf(plan))]),
    [
      internet.namespace,
      [...placed("internet", [internet.http4, internet.http6]), ...placed("private", Object.values(behind))],
    ],
  ];
}

function placed(to: Destination, addresses: readonly string[]): Reachable[] {
  const plain = addresses.map((each) => each.replace(/\/.*/, ""));
  return plain.map((address) => ({ to, family: address.includes(":") ? "v6" : "v4", address }));
}

function lanAddressesOf({ router: { ipv4, ipv6 } }: RouterPlan): string[] {
  return [...(ipv4 === null ? [] : [ipv4.address]), ...(ipv6 === null ? [] : [ipv6.prefix.replace("::/", "::1/")])];
}

async function teachWays({ layout, routers }: Farm, { segments, outward }: Ground): Promise<void> {
  const inFamily = (["v4", "v6"] as const).filter((family) => outward[family] !== null);
  const ways = (segment: string) =>
    inFamily
      .filter((family) => segments[family] === segment)
      .map((family) => `route replace ${towards[family]} via ${outward[family]} dev lan`);
  const throughRouter = (plan: RouterPlan) => {
    const { ipv4 } = plan.router;
    const open = { ...plan, router: { ...plan.router, ipv4: ipv4 && { ...ipv4, isNated: false } } };
    return [
      ...inFamily
        .filter((family) => segments[family] === plan.segment)
        .map((family) => `route replace ${towards[family]} via ${family === "v4" ? plan.wan4 : plan.wan6}`),
      ...lanRoutes(open).map((line) => line.replace("add", "replace")),
    ];
  };
  await Promise.all([
    ...layout.segments.map(({ name, router }) =>
      ipBatch(hostNamespace(name), [
        ...(router?.ipv4 == null ? [] : [`route replace 0.0.0.0/0 via ${router.ipv4.address.replace(/\/.*/, "")}`]),
        ...(router?.ipv6 == null ? [] : [`route replace ::/0 via ${router.ipv6.prefix.replace(/::\/.*/, "::1")}`]),
        ...ways(name),
      ]),
    ),
    ...routers.map(({ namespace, segment }) => ipBatch(namespace, ways(segment))),
    ipBatch(internet.namespace, [
      `addr replace ${behind.v4}/32 dev lo`,
      `addr replace ${behind.v6}/128 dev lo nodad`,
      ...routers.flatMap(throughRouter),
    ]),
  ]);
}

/** Whom somebody tries: all whom the matrix has something to say of, by the way that leads there. */
export function targetsOf(
  stand: Stand,
  { addresses, segments, outward }: Ground,
  { lanAccess }: Pick<LanAccess, "lanAccess">,
): Reachable[] {
  const others = [...addresses].filter(([name]) => name !== stand.name);
  const nodeFamilies = (addresses.get("node") ?? []).map(({ family }) => family);
  const isTried = (name: string, { to, family }: Reachable): boolean => {
    const segment = segmentOf(name);
    switch (stand.source) {
      case "resource": {
        if (to === "resource" || to === "ndmz") return true;
        // Behind another gateway than ndmz's own, or beyond its own bridge, an open LAN need not be.
        const isNear = to === "lan" || to === "gateway" ? segment === segments[family] : to !== "node";
        return outward[family] !== null && (lanAccess === "drop" || isNear);
      }
      case "node":
        return nodeFamilies.includes(family) && (to === "lan" || to === "gateway" ? segment === segments.node : true);
      default: {
        const isNear =
          stand.source === "stranger" || segmentOf(stand.name) === (to === "node" ? segments.node : segments[family]);
        return isNear && ["resource", "ndmz", "node"].includes(to) && (to === "node" || outward[family] !== null);
      }
    }
  };
  return others.flatMap(([name, reachables]) => reachables.filter((each) => isTried(name, each)));
}

/** The segment of a host or the only router there. */
function segmentOf(name: string): string {
  return name.replace(/^(host|router)-/, "");
}
