import ipaddr from "ipaddr.js";
import type { AddressFacts } from "../contract.ts";
import { isGlobalIpv6, isRoutableIpv6 } from "./addresses.ts";

/** A router, and the prefixes of which it advertised addresses. */
export interface Advertisement {
  router: string;
  /** With prefix length. */
  prefixes: string[];
}

/** A default route as ip(8) prints it. */
export interface DefaultRoute {
  gateway?: string | undefined;
  protocol?: string | undefined;
  from?: string | undefined;
  prefsrc?: string | undefined;
  pref?: string | undefined;
}

/** A label of source addresses (RFC 6724 section 2.1) as ip-addrlabel(8) prints it. */
export interface AddressLabel {
  address: string;
  prefixlen: number;
  ifname?: string | undefined;
  label: number;
}

/** A router, and what may leave through it. */
export interface SourcedRouter extends Advertisement {
  /** The address of the link that new connections through it have. */
  source: string;
}

/** Routes that the program makes bear this number, which nobody else uses (`/etc/iproute2/rt_protos`); the kernel's own have 1024. */
const own = { protocol: "155", metric: 512 } as const;

/** The label of all destinations in the default policy table (RFC 6724 section 2.1), and one that none of them has. */
const labels = { led: 1, other: 155 } as const;

/** More routers of a link are not looked at: nobody has so many, and a stranger can advertise thousands. */
export const mostRouters = 16;

/** Whether a link has more routers than anybody has. */
export function isCrowd(routers: readonly string[]): boolean {
  return routers.length >= mostRouters;
}

/** Whether a route is one of those that are made here. */
export function isSourcedRoute({ protocol }: Pick<DefaultRoute, "protocol">): boolean {
  return protocol === own.protocol;
}

/** Whether a link has routers by which not all of its addresses may leave: each provider drops sources of others (BCP 38). */
export function hasSeveralProviders({ ipv6, gateways6 }: AddressFacts): boolean {
  return new Set(gateways6).size > 1 && prefixesOf(ipv6).length > 1;
}

/** Whether a link has one router and addresses of one prefix at the most. */
export function hasOneProvider({ ipv6, gateways6 }: AddressFacts): boolean {
  return new Set(gateways6).size <= 1 && prefixesOf(ipv6).length <= 1;
}

/** What several providers give to a link, as a text that differs when that does; empty for one. */
export function providersText(facts: AddressFacts): string {
  return hasSeveralProviders(facts) ? [...facts.gateways6, ...prefixesOf(facts.ipv6)].toSorted().join(" ") : "";
}

function prefixesOf(ipv6: readonly string[]): string[] {
  return [...new Set(ipv6.filter(isRoutableIpv6).map(networkOf))];
}

function networkOf(address: string): string {
  const [, length = ""] = address.split("/");
  return `${ipaddr.IPv6.networkAddressFromCIDR(address).toString()}/${length}`;
}

/** The prefixes of each router in what rdisc6 (ndisc6 1.0.5) printed of advertisements; a router's name comes last. */
export function advertisementsIn(text: string): Advertisement[] {
  const found = new Map<string, string[]>();
  let prefixes: string[] = [];
  for (const line of text.split("\n")) {
    const prefix = /^\s*Prefix\s*:\s*(\S+)\s*$/.exec(line)?.[1] ?? "";
    if (ipaddr.IPv6.isValidCIDR(prefix)) prefixes.push(networkOf(prefix));
    const router = /^\s*from (\S+)\s*$/.exec(line)?.[1] ?? "";
    if (!ipaddr.IPv6.isValid(router)) continue;
    found.set(router, [...new Set([...(found.get(router) ?? []), ...prefixes])]);
    prefixes = [];
  }
  return [...found].map(([router, advertised]) => ({ router, prefixes: advertised }));
}

/** The default routers of a link by which addresses that it has may leave; a global one is the source rather than a local one. */
export function sourcedRouters(
  advertisements: readonly Advertisement[],
  { ipv6, gateways6 }: AddressFacts,
): SourcedRouter[] {
  return [...new Set(gateways6)].flatMap((router) => {
    const advertised = advertisements.find((each) => each.router === router)?.prefixes ?? [];
    const usable = ipv6.filter((address) => isRoutableIpv6(address) && advertised.includes(networkOf(address)));
    const [source = ""] = (usable.find(isGlobalIpv6) ?? usable[0] ?? "").split("/");
    return source === "" ? [] : [{ router, source, prefixes: prefixesOf(usable) }];
  });
}

/** The router that is to lead: the one that does, else the one that is preferred (RFC 4191 section 2.1). */
export function leaderOf(routes: readonly DefaultRoute[]): string | undefined {
  const preferred = ["high", "medium", "low"].map((wanted) => routes.find(({ pref }) => pref === wanted));
  const leading = routes.find((route) => isSourcedRoute(route) && route.from === undefined);
  return [leading, ...preferred].find((route) => route !== undefined)?.gateway;
}

/** The routers as routes made earlier tell of them, with the one first that leads; null when that is not all that the link has now. */
export function routersKnown(routes: readonly DefaultRoute[], facts: AddressFacts): SourcedRouter[] | null {
  const ours = routes.filter(isSourcedRoute);
  const advertisements = facts.gateways6.map((router) => ({
    router,
    prefixes: ours.flatMap(({ gateway, from = "" }) => (gateway === router && from !== "" ? [from] : [])),
  }));
  const lead = ours.find(({ from }) => from === undefined);
  const known = sourcedRouters(advertisements, facts);
  const first = known.find(({ router, source }) => router === lead?.gateway && source === lead.prefsrc);
  const isWhole =
    ours.every(({ gateway = "" }) => facts.gateways6.includes(gateway)) &&
    prefixesOf(facts.ipv6).every((prefix) => known.some(({ prefixes }) => prefixes.includes(prefix))) &&
    new Set(facts.gateways6).size === known.length;
  return first === undefined || !isWhole ? null : [first, ...known.filter((each) => each !== first)];
}

/** What a link has now. */
export interface SourcedState {
  link: string;
  routes: readonly DefaultRoute[];
  labels: readonly AddressLabel[];
  /** With prefix length. */
  addresses: readonly string[];
}

/** Lines for `ip -6 -batch`. */
export interface SourcedPlan {
  /** New connections leave through the router that leads, with an address of its own. */
  lead: string[];
  /** What has another router's address leaves through that one (RFC 8028 section 3.2); needs CONFIG_IPV6_SUBTREES. */
  others: string[];
}

/**
 * What is to be done for the first of these routers to lead, and for all else to leave through the router that it is from;
 * without any, all that was ever done is taken back.
 *
 * @param isTranslated whether what leaves is masqueraded, which looks at labels instead of at the route's source (RFC 6724
 *   section 5 rule 6)
 */
export function planSourcedRoutes(
  routers: readonly SourcedRouter[],
  state: SourcedState,
  isTranslated: boolean,
): SourcedPlan {
  const [lead] = routers;
  const routes = routeLines(
    lead === undefined ? [] : [{ gateway: lead.router, prefsrc: lead.source }],
    state,
    isLeading,
  );
  const sourced = routers.flatMap(({ router, prefixes }) => prefixes.map((from) => ({ gateway: router, from })));
  return {
    lead: isTranslated ? atOnce([...labelLines(lead, state), ...routes]) : routes,
    others: routeLines(sourced, state, (route) => !isLeading(route)),
  };
}

function isLeading({ from }: DefaultRoute): boolean {
  return from === undefined;
}

/** Nothing is forwarded between the lines: it would leave with the address of one router through another. */
function atOnce(lines: readonly string[]): string[] {
  const hold = `blackhole default proto ${own.protocol} metric 1`;
  return lines.length === 0 ? [] : [`route replace ${hold} expires 1`, ...lines, `route del ${hold}`];
}

function routeLines(
  wanted: readonly DefaultRoute[],
  { link, routes }: SourcedState,
  isMeant: (route: DefaultRoute) => boolean,
): string[] {
  const found = routes.filter((route) => isSourcedRoute(route) && isMeant(route));
  const wordsOf = ({ gateway = "", from, prefsrc }: DefaultRoute) =>
    [
      ...["default", ...(from === undefined ? [] : ["from", from]), "via", gateway, "dev", link],
      ...(prefsrc === undefined ? [] : ["src", prefsrc]),
      ...["proto", own.protocol, "metric", String(own.metric)],
    ].join(" ");
  const without = (all: readonly DefaultRoute[], others: readonly DefaultRoute[]) =>
    all.map(wordsOf).filter((words) => !others.map(wordsOf).includes(words));
  return [
    ...without(found, wanted).map((words) => `route del ${words}`),
    ...without(wanted, found).map((words) => `route add ${words}`),
  ];
}

/** An address that was used before goes until it is advertised again, and with it all that is masqueraded by it. */
function labelLines(lead: SourcedRouter | undefined, { link, labels: all, addresses }: SourcedState): string[] {
  const labelOf = (prefix: string) => (lead?.prefixes.includes(prefix) === true ? labels.led : labels.other);
  const wanted = lead === undefined ? [] : prefixesOf(addresses).map((prefix) => `${prefix} ${labelOf(prefix)}`);
  const found = all
    .filter(({ ifname }) => ifname === link)
    .map(({ address, prefixlen, label }) => `${address}/${prefixlen} ${label}`);
  const left = addresses.filter(
    (address) =>
      isRoutableIpv6(address) &&
      found.includes(`${networkOf(address)} ${labels.led}`) &&
      wanted.includes(`${networkOf(address)} ${labels.other}`),
  );
  const wordsOf = (text: string) => `prefix ${text.replace(" ", ` dev ${link} label `)}`;
  return [
    ...found.filter((text) => !wanted.includes(text)).map((text) => `addrlabel del ${wordsOf(text)}`),
    ...wanted.filter((text) => !found.includes(text)).map((text) => `addrlabel add ${wordsOf(text)}`),
    ...left.map((address) => `addr del ${address} dev ${link}`),
  ];
}

/** Lines for `ip -6 -batch` after which nothing leaves a link through routers that are dead, nor by the addresses that were theirs. */
export function leaveRouters(
  dead: readonly string[],
  { link, routes, addresses }: Omit<SourcedState, "labels">,
): string[] {
  const theirs = routes.flatMap(({ gateway = "", from = "" }) => (dead.includes(gateway) ? [from] : []));
  return [
    ...addresses
      .filter((each) => isRoutableIpv6(each) && theirs.includes(networkOf(each)))
      .map((each) => `addr del ${each} dev ${link}`),
    ...dead.map((router) => `route flush default via ${router} dev ${link}`),
  ];
}
