import { checkedLink } from "./names.ts";

/** One address as `ip -j -d addr show` (iproute2 6.1) tells of it; lifetimes in seconds. */
export interface NicAddress {
  family: string;
  local: string;
  prefixlen: number;
  /** The other end of a point-to-point address. */
  address?: string | undefined;
  broadcast?: string | undefined;
  scope?: string | undefined;
  label?: string | undefined;
  metric?: number | undefined;
  valid_life_time?: number | undefined;
  preferred_life_time?: number | undefined;
  dynamic?: boolean | undefined;
  temporary?: boolean | undefined;
  tentative?: boolean | undefined;
  mngtmpaddr?: boolean | undefined;
  noprefixroute?: boolean | undefined;
  nodad?: boolean | undefined;
  home?: boolean | undefined;
  autojoin?: boolean | undefined;
}

interface NextHop {
  gateway?: string | undefined;
  via?: { family: string; host: string } | undefined;
  dev?: string | undefined;
  weight?: number | undefined;
  flags?: string[] | undefined;
}

/** One route as `ip -j -d route show table all` tells of it. */
export interface NicRoute extends NextHop {
  type?: string | undefined;
  dst: string;
  from?: string | undefined;
  tos?: string | undefined;
  table?: string | undefined;
  protocol?: string | undefined;
  scope?: string | undefined;
  prefsrc?: string | undefined;
  metric?: number | undefined;
  expires?: number | undefined;
  /** Only IPv6 routes have it. */
  pref?: string | undefined;
  metrics?: Record<string, unknown>[] | undefined;
  nexthops?: NextHop[] | undefined;
}

/** The addresses of a NIC, and the routes of all tables that lead out of it, without those that come with the addresses. */
export interface NicConfig {
  addresses: NicAddress[];
  routes: NicRoute[];
}

const forever = 4_294_967_295; // INFINITY_LIFE_TIME of linux/if_addr.h: ip(8) says `forever`.

/** Routes out of a NIC that somebody set; the kernel makes those of addresses by itself. */
export function routesOf(nic: string, all: NicRoute[]): NicRoute[] {
  return all
    .filter(({ protocol }) => protocol !== "kernel")
    .filter(({ dev, nexthops = [] }) => dev === nic || nexthops.some((hop) => hop.dev === nic));
}

/**
 * What of a configuration must be put back: where the kernel autoconfigures the NIC, its addresses (RFC 4862, RFC 8981) and
 * the routers that advertise themselves come again when it takes part in IPv6 again; what has expired does not.
 */
export function lastingOf(
  { addresses, routes }: NicConfig,
  { isByKernel, passedS }: { isByKernel: boolean; passedS: number },
): NicConfig {
  const left = (seconds: number) => (seconds === forever ? forever : seconds - passedS);
  const isKernels = (each: NicAddress) =>
    each.family === "inet6" && each.noprefixroute !== true && (each.mngtmpaddr === true || each.temporary === true);
  return {
    addresses: addresses
      .filter((address) => !isByKernel || !isKernels(address))
      .map((address) => ({
        ...address,
        valid_life_time: left(address.valid_life_time ?? forever),
        preferred_life_time: Math.max(0, left(address.preferred_life_time ?? forever)),
      }))
      .filter(({ valid_life_time }) => valid_life_time > 0),
    routes: routes
      .filter((route) => !isByKernel || route.protocol !== "ra" || !isIpv6(route))
      .map((route) => (route.expires === undefined ? route : { ...route, expires: route.expires - passedS }))
      .filter(({ expires = 1 }) => expires > 0),
  };
}

/** Whether the kernel of itself gives a link addresses and routers by advertisements (ip-sysctl, accept_ra). */
export function isAutoconfigured(link: string, sysctls: Readonly<Record<string, number>>): boolean {
  const conf = (name: string) => sysctls[`net/ipv6/conf/${link}/${name}`] ?? 0;
  return (
    conf("disable_ipv6") === 0 && (conf("accept_ra") === 2 || (conf("accept_ra") === 1 && conf("forwarding") === 0))
  );
}

/** The ip(8) lines by which addresses that are not there are added. */
export function missingAddresses(nic: string, wanted: NicConfig, standing: NicConfig): string[] {
  const there = new Set(standing.addresses.map(nameOfAddress));
  return wanted.addresses
    .filter((address) => !there.has(nameOfAddress(address)))
    .map((address) => `addr add ${addressWords(address)} dev ${checkedLink(nic)}${lifetimeWords(address)}`);
}

/** The ip(8) lines by which routes that are not there are added; those on the link first, for gateways need them. */
export function missingRoutes(wanted: NicConfig, standing: NicConfig): string[] {
  const there = new Set(standing.routes.map(routeWords));
  return wanted.routes
    .filter((route) => !there.has(routeWords(route)))
    .toSorted((a, b) => Number(hasGateway(a)) - Number(hasGateway(b)))
    .map((route) => {
      const expiry = route.expires === undefined ? "" : ` expires ${route.expires}`;
      // The first of two IPv4 routes to one place hides the second; `add` would refuse it.
      return `route ${isIpv6(route) ? "add" : "append"} ${routeWords(route)}${expiry}`;
    });
}

/** The ip(8) lines that take addresses and routes off a NIC on which IPv6 is switched off already. */
export function clearLines(nic: string, { addresses, routes }: NicConfig): string[] {
  const link = checkedLink(nic);
  return [
    ...(addresses.some(({ family }) => family === "inet") ? [`addr flush dev ${link}`] : []),
    ...(routes.some((route) => !isIpv6(route)) ? [`route flush table all dev ${link}`] : []),
  ];
}

/** What an IPv6-less reading cannot tell: only IPv6 routes have a preference (RFC 4191). */
export function isIpv6({ dst, pref }: NicRoute): boolean {
  return pref !== undefined || dst.includes(":");
}

/** The gateways of a NIC's default routes in the main table, best first. */
export function defaultGatewaysOf({ routes }: NicConfig): { ipv4: string[]; ipv6: string[] } {
  const defaults = routes
    .filter(({ dst, table = "main" }) => dst === "default" && table === "main")
    .toSorted((a, b) => (a.metric ?? 0) - (b.metric ?? 0))
    .flatMap(({ gateway, nexthops = [] }) => [gateway, ...nexthops.map((hop) => hop.gateway)])
    .filter((gateway) => gateway !== undefined);
  return {
    ipv4: defaults.filter((gateway) => !gateway.includes(":")),
    ipv6: defaults.filter((gateway) => gateway.includes(":")),
  };
}

function nameOfAddress({ local, prefixlen, address }: NicAddress): string {
  return `${local}/${prefixlen} ${address ?? ""}`;
}

function addressWords(address: NicAddress): string {
  const { local, prefixlen, address: peer, family, broadcast, scope, label, metric } = address;
  const own = peer === undefined ? `${local}/${prefixlen}` : `${local} peer ${peer}/${prefixlen}`;
  const flags = (["noprefixroute", "mngtmpaddr", "nodad", "home", "autojoin"] as const).filter((flag) => address[flag]);
  return [
    own,
    ...(broadcast === undefined ? [] : [`brd ${broadcast}`]),
    ...(family === "inet6" || scope === undefined ? [] : [`scope ${scope}`]),
    ...(label === undefined ? [] : [`label ${label}`]),
    ...(metric === undefined ? [] : [`metric ${metric}`]),
    ...flags,
  ].join(" ");
}

function lifetimeWords({ valid_life_time = forever, preferred_life_time = forever }: NicAddress): string {
  const seconds = (value: number) => (value === forever ? "forever" : String(value));
  if (valid_life_time === forever && preferred_life_time === forever) return "";
  return ` valid_lft ${seconds(valid_life_time)} preferred_lft ${seconds(preferred_life_time)}`;
}

function hasGateway({ gateway, via, nexthops = [] }: NicRoute): boolean {
  return gateway !== undefined || via !== undefined || nexthops.length > 0;
}

const metricNames = ["mtu", "advmss", "window", "initcwnd", "initrwnd", "hoplimit", "quickack"];

/** A route as ip(8) takes it, without its lifetime; the same words are the same route. */
function routeWords(route: NicRoute): string {
  const { type = "unicast", dst, from, tos, nexthops = [] } = route;
  const everywhere = isIpv6(route) ? "::/0" : "0.0.0.0/0";
  const option = (name: string, value: string | number | undefined) =>
    value === undefined ? [] : [`${name} ${value}`];
  const metrics = (route.metrics ?? []).flatMap((each) =>
    metricNames.flatMap((name) => (typeof each[name] === "number" ? [`${name} ${each[name]}`] : [])),
  );
  return [
    type,
    dst === "default" ? everywhere : dst,
    ...option("from", from),
    ...option("tos", tos),
    ...(nexthops.length === 0 ? hopWords(route) : []),
    ...option("table", route.table),
    ...option("proto", route.protocol),
    ...(isIpv6(route) ? [] : option("scope", route.scope)),
    ...option("src", route.prefsrc),
    ...option("metric", route.metric),
    ...metrics,
    ...option("pref", route.pref),
    ...nexthops.flatMap((hop) => ["nexthop", ...hopWords(hop), ...option("weight", hop.weight)]),
  ].join(" ");
}

function hopWords({ gateway, via, dev, flags = [] }: NextHop): string[] {
  return [
    ...(gateway === undefined ? [] : [`via ${gateway}`]),
    ...(via === undefined ? [] : [`via ${via.family} ${via.host}`]),
    ...(dev === undefined ? [] : [`dev ${checkedLink(dev)}`]),
    ...(flags.includes("onlink") ? ["onlink"] : []),
  ];
}
