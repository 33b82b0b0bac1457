import ipaddr from "ipaddr.js";
import type { AddressFacts } from "../contract.ts";

/** What kind of network a NIC's default gateways lead into, best first. */
export const gatewayClasses = ["private", "shared", "public4", "public6"] as const;
/** One of `gatewayClasses`. */
export type GatewayClass = (typeof gatewayClasses)[number];

const privateV4 = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"].map((cidr) => ipaddr.IPv4.parseCIDR(cidr)); // RFC 1918
const sharedV4 = ipaddr.IPv4.parseCIDR("100.64.0.0/10"); // RFC 6598
const linkLocalV4 = ipaddr.IPv4.parseCIDR("169.254.0.0/16"); // RFC 3927
const uniqueLocalV6 = ipaddr.IPv6.parseCIDR("fc00::/7"); // RFC 4193
const translatedV6 = ["64:ff9b::/96", "64:ff9b:1::/48"].map((cidr) => ipaddr.IPv6.parseCIDR(cidr)); // RFC 6052, RFC 8215
const globalV6 = ipaddr.IPv6.parseCIDR("2000::/3"); // RFC 4291 section 2.4, IANA allocation

/** Whether the text is an IPv4 address in four decimal parts, that can be a host on the Internet or in a LAN. */
export function isHostIpv4(text: string): boolean {
  return (
    ipaddr.IPv4.isValidFourPartDecimal(text) &&
    !["unspecified", "broadcast", "multicast", "loopback"].includes(ipaddr.IPv4.parse(text).range())
  );
}

/** Whether the text is an IPv4 address of RFC 3927. */
export function isLinkLocalIpv4(text: string): boolean {
  return ipaddr.IPv4.isValidFourPartDecimal(text) && ipaddr.IPv4.parse(text).match(linkLocalV4);
}

/** Whether an address, with or without prefix length, is usable outside the link: global unicast or unique local. */
export function isRoutableIpv6(text: string): boolean {
  return isGlobalIpv6(text) || isUniqueLocal(text);
}

/** Whether an address can be a host outside the link: also one that stands for an IPv4 host behind a NAT64 (RFC 6146). */
export function isHostIpv6(text: string): boolean {
  return isRoutableIpv6(text) || translatedV6.some((range) => isInIpv6(text, range));
}

/** Whether an address, with or without prefix length, is in the Internet's IPv6 space. */
export function isGlobalIpv6(text: string): boolean {
  return isInIpv6(text, globalV6);
}

/** Whether an address, with or without prefix length, is a unique local one. */
export function isUniqueLocal(text: string): boolean {
  return isInIpv6(text, uniqueLocalV6);
}

function isInIpv6(text: string, range: [ipaddr.IPv6, number]): boolean {
  const [address = ""] = text.split("/");
  return ipaddr.IPv6.isValid(address) && ipaddr.IPv6.parse(address).match(range);
}

/**
 * The class of an IPv4 default gateway, or null when the address can be no gateway. One of RFC 3927 is a hoster's, where the
 * address is the only one in its network.
 *
 * @param ipv4 the addresses that go with it, with prefix length
 */
export function classOfIpv4(gateway: string, ipv4: readonly string[] = []): GatewayClass | null {
  if (!isHostIpv4(gateway)) return null;
  if (isLinkLocalIpv4(gateway)) return ipv4.some((address) => address.endsWith("/32")) ? "public4" : null;
  const address = ipaddr.IPv4.parse(gateway);
  if (privateV4.some((range) => address.match(range))) return "private";
  return address.match(sharedV4) ? "shared" : "public4";
}

/** Whether a host's address is one of a local network: private (RFC 1918) or unique local. */
export function isLocal(address: string): boolean {
  return classOfIpv4(address) === "private" || isUniqueLocal(address);
}

/** The class of what routers advertised, or null without a default route or a usable address. */
function classOfIpv6({ gateways6, ipv6 }: Pick<AddressFacts, "gateways6" | "ipv6">): GatewayClass | null {
  if (gateways6.length === 0) return null;
  if (ipv6.some(isUniqueLocal)) return "private";
  return ipv6.some(isGlobalIpv6) ? "public6" : null;
}

/** The best class among the default gateways of a network; null when it has none, so that its NIC is no candidate. */
export function classOf(network: AddressFacts, order: readonly GatewayClass[] = gatewayClasses): GatewayClass | null {
  const found = [...network.gateways4.map((each) => classOfIpv4(each, network.ipv4)), classOfIpv6(network)];
  return order.find((each) => found.includes(each)) ?? null;
}

/** Of a link that is not there. */
export const noAddresses: AddressFacts = { ipv4: [], ipv6: [], gateways4: [], gateways6: [] };
