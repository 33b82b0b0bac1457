import ipaddr from "ipaddr.js";

/** RFC 8781 section 4: option type 38, 16 bytes long; the lengths of prefixes by their codes. */
const pref64 = { type: 38, bytes: 16, lengths: [96, 64, 56, 48, 40, 32] } as const;
/** RFC 6052 section 2.2: bits 64 to 71 are none of the IPv4 address's. */
const reservedByte = 8;

/** The prefix of a NAT64, with its length, that an option of a router advertisement names; null for another option, or one that takes it back. */
export function nat64PrefixIn(option: Buffer): string | null {
  if (option.length < pref64.bytes || option[0] !== pref64.type || option[1] !== pref64.bytes / 8) return null;
  const [lifetime, code] = [option.readUInt16BE(2) >> 3, option.readUInt16BE(2) & 7];
  const length = pref64.lengths[code];
  if (lifetime === 0 || length === undefined) return null;
  const bytes = [...option.subarray(4, pref64.bytes), 0, 0, 0, 0].map((byte, index) => (index < length / 8 ? byte : 0));
  return `${ipaddr.fromByteArray(bytes).toString()}/${length}`;
}

/** The address by which an IPv4 host is reached through a NAT64 (RFC 6052 section 2.2). */
export function throughNat64(prefix: string, ipv4: string): string {
  const [network, length] = ipaddr.IPv6.parseCIDR(prefix);
  const bytes = network.toByteArray();
  const places = Array.from({ length: 5 }, (_, index) => length / 8 + index).filter((index) => index !== reservedByte);
  for (const [index, byte] of ipaddr.IPv4.parse(ipv4).toByteArray().entries()) bytes[places[index] ?? 0] = byte;
  return ipaddr.fromByteArray(bytes).toString();
}
