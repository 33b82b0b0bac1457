import ipaddr from "ipaddr.js";
import { BootError } from "../errors.ts";
import { resourcePort } from "./names.ts";

/** Numbers of network resources: 100.127.x.y without network, gateway (0.1) and broadcast address. */
const firstIndex = 2;
const lastIndex = 0xfffe;

/**
 * A number for a network resource that no other has: always the same for a name on an otherwise empty node.
 *
 * @param links the names of the node's links, among them the ports of attached resources
 * @throws BootError `busy` when all are taken
 */
export function freeIndex(namespace: string, links: string[]): number {
  const taken = new Set(links);
  const span = lastIndex - firstIndex + 1;
  const start = hash(namespace) % span;
  for (let offset = 0; offset < span; offset++) {
    const index = firstIndex + ((start + offset) % span);
    if (!taken.has(resourcePort(index))) return index;
  }
  throw new BootError("busy", `all ${span} addresses for network resources are taken`);
}

/** The addresses of the network resource with this number, with prefix lengths. */
export function addressesOfResource(index: number): [string, string] {
  const [high, low] = [index >> 8, index & 0xff];
  return [`100.127.${high}.${low}/16`, `fd00::${high.toString(16)}:${low.toString(16)}/64`];
}

/** The number of the network resource behind a port; null where `attach` gives no such number. */
export function indexOfPort(port: string): number | null {
  const index = Number(/\d+$/.exec(port)?.[0]);
  return index >= firstIndex && index <= lastIndex && port === resourcePort(index) ? index : null;
}

/** The hardware address of the network resource with this number: of our own, as that of ndmz towards it. */
export function macOfResource(index: number): string {
  return `02:7a:6f:72:${hex(index >> 8, 2)}:${hex(index & 0xff, 2)}`;
}

/** An IPv6 address as text, and as one number. */
interface Address6 {
  text: string;
  hex: string;
}

/** What a network resource sends with: its own addresses, and the link-local one of its hardware address (RFC 4291, appendix A). */
export function boundTo(index: number): { mac: string; ipv4: string; ipv6: Address6[] } {
  const mac = macOfResource(index);
  const [ipv4 = "", ipv6 = ""] = addressesOfResource(index).map((address) => address.split("/")[0]);
  return { mac, ipv4, ipv6: [ipaddr.IPv6.parse(ipv6), linkLocalOf(mac)].map(address6) };
}

function linkLocalOf(mac: string): ipaddr.IPv6 {
  const [first = 0, ...others] = mac.split(":").map((byte) => Number.parseInt(byte, 16));
  const identifier = [first ^ 2, ...others.slice(0, 2), 0xff, 0xfe, ...others.slice(2)];
  return new ipaddr.IPv6([0xfe, 0x80, 0, 0, 0, 0, 0, 0, ...identifier]);
}

function address6(address: ipaddr.IPv6): Address6 {
  return { text: address.toString(), hex: `0x${address.parts.map((group) => hex(group, 4)).join("")}` };
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, "0");
}

/** FNV-1a, 32 bits (draft-eastlake-fnv). */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) value = Math.imul(value ^ byte, 0x01000193) >>> 0;
  return value;
}
