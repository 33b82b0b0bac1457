import ipaddr from "ipaddr.js";
import { usableDnsServer } from "./lease.ts";

/** What a router told of DNS servers in one advertisement. */
export interface RouterDns {
  /** The index of the link that it was heard on. */
  ifindex: number;
  /** The router's link-local address. */
  router: string;
  /** As resolv.conf(5) takes them, but for a link-local one, which lacks its link. */
  dnsServers: string[];
}

/** `linux/netlink.h`: length and type are the first fields of a header of this length; messages begin at multiples of four. */
const headerBytes = 16;
const align = (bytes: number) => Math.ceil(bytes / 4) * 4;
/** An option has 2040 bytes at most; who tells of more than a netlink socket passes on tells nonsense. */
const mostBytes = 65_536;
/** `linux/rtnetlink.h`: RTM_NEWNDUSEROPT, `struct nduseroptmsg`, and NDUSEROPT_SRCADDR, the attribute after the option. */
const userOption = 68;
const userOptionBytes = 16;
const advertisement = 134;
/** RFC 8106 section 5.1: option type 25, its length in units of 8 bytes, 8 bytes before the first address. */
const rdnss = 25;
const addressBytes = 16;

/** An option of a router advertisement that the kernel passes on. */
export interface UserOption {
  /** The index of the link that it was heard on. */
  ifindex: number;
  /** The router's link-local address. */
  router: string;
  /** From its type on (RFC 4861 section 4.6). */
  option: Buffer;
}

/**
 * Options of router advertisements in netlink messages as rtmon(8) writes them; all others are left out.
 *
 * @returns also how many bytes were whole messages: the rest is the beginning of the next one
 */
export function userOptionsIn(bytes: Buffer): { options: UserOption[]; read: number } {
  const options: UserOption[] = [];
  let read = 0;
  while (bytes.length - read >= headerBytes) {
    const length = bytes.readUInt32LE(read);
    if (length < headerBytes || length > mostBytes) return { options, read: bytes.length };
    if (bytes.length - read < align(length)) break;
    const found = userOptionOf(bytes.readUInt16LE(read + 4), bytes.subarray(read + headerBytes, read + length));
    if (found !== null) options.push(found);
    read += align(length);
  }
  return { options, read };
}

function userOptionOf(type: number, message: Buffer): UserOption | null {
  if (type !== userOption || message.length < userOptionBytes + 8 || message[8] !== advertisement) return null;
  const optionBytes = message.readUInt16LE(2);
  const option = message.subarray(userOptionBytes, userOptionBytes + optionBytes);
  const source = message.subarray(userOptionBytes + align(optionBytes) + 4);
  return { ifindex: message.readInt32LE(4), router: addressesIn(source)[0] ?? "", option };
}

/**
 * What an option tells of DNS servers (RFC 8106), without what is no usable address; null for another one. A lifetime of 0
 * takes the servers back.
 */
export function routerDnsOf({ ifindex, router, option }: UserOption): RouterDns | null {
  if (option.length < 8 || option[0] !== rdnss || (option[1] ?? 0) * 8 > option.length) return null;
  const dnsServers = option.readUInt32BE(4) === 0 ? [] : addressesIn(option.subarray(8, (option[1] ?? 0) * 8));
  return { ifindex, router, dnsServers };
}

function addressesIn(bytes: Buffer): string[] {
  return Array.from({ length: Math.floor(bytes.length / addressBytes) }, (_, index) =>
    ipaddr.fromByteArray([...bytes.subarray(index * addressBytes, (index + 1) * addressBytes)]).toString(),
  );
}

/** DNS servers of all routers, each with what it told last; in the order in which they were first heard. */
export function dnsServersOf(told: ReadonlyMap<string, readonly string[]>, link: string): string[] {
  return [...new Set([...told.values()].flat())].flatMap((address) => usableDnsServer(address, link) ?? []);
}
