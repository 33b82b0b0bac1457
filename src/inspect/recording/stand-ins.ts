import ipaddr from "ipaddr.js";

/** Replaces addresses in texts; within its life the same address always by the same stand-in, two by different ones. */
export type Mask = (text: string) => string;

/** What may be an address, in the order in which a text is tried for it. */
const candidates = [
  /(?<![\da-z])[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}(?![\da-z])/, // UUID
  /(?<![\da-z])(?:en|ib|sl|wl|ww)x[\da-f]{12}(?![\da-z])/, // a NIC's name made of its MAC (systemd.net-naming-scheme(7))
  /(?<![\da-z+/=])(?:[\da-z+/]{43}=|[\da-z+/]{86}==)(?!=)/, // ed25519 keys and signatures, base64 (RFC 8032)
  /(?<![\da-z])[\da-f]{2}(?<separator>[:-])(?:[\da-f]{2}\k<separator>){4,}[\da-f]{2}(?![\da-z])/, // MAC, DUID
  /(?<![\da-z])(?:[\da-f]{2}){6,}(?![\da-z])/, // the same without separators
  /(?<![\w:.])[\da-f]{0,4}:[\da-f:]*(?::(?:\d{1,3}\.){3}\d{1,3}:?)?(?![\w:]|\.\d)/, // IPv6
  /(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?!\w|\.\d)/, // IPv4
];
const candidate = new RegExp(candidates.map(({ source }) => source).join("|"), "gi");

/** 1 for the first thing of a kind, 2 for the second, and so on. */
export type Numbering = (kind: string, thing: string) => number;

/** Nothing was counted before. */
export function createNumbering(): Numbering {
  const numbers = new Map<string, Map<string, number>>();
  return (kind, thing) => {
    const known = numbers.get(kind) ?? new Map<string, number>();
    numbers.set(kind, known);
    const number = known.get(thing) ?? known.size + 1;
    known.set(thing, number);
    return number;
  };
}

/** What becomes of the parts of a text that a pattern finds, and of those between. */
interface Parts {
  found: Mask;
  between: Mask;
}

/** The text with each of its parts replaced. */
export function replaceParts(text: string, pattern: RegExp, { found, between }: Parts): string {
  let replaced = "";
  let end = 0;
  for (const { 0: part, index } of text.matchAll(pattern)) {
    replaced += between(text.slice(end, index)) + found(part);
    end = index + part.length;
  }
  return replaced + between(text.slice(end));
}

/**
 * Of an IPv4 address its class stays visible: private (RFC 1918), shared (RFC 6598), link-local (RFC 3927), or public, which
 * becomes one of those for documentation (RFC 5737) or benchmarks (RFC 2544). Those in a /24 stay together in one. Of an
 * IPv6 address it stays visible whether it is global (RFC 3849 then), unique local or link-local; those in a /64 stay
 * together. MACs, DUIDs and other identifiers of hardware become locally administered ones, and keys numbers. What tells nothing
 * of anybody stays as it is: unspecified, loopback, broadcast and multicast addresses.
 *
 * @param between masks what is no address
 */
export function createMask(numberOf: Numbering = createNumbering(), between: Mask = (text) => text): Mask {
  const found = (part: string) => {
    const standIn = standInFor(part, numberOf);
    return standIn === part ? between(part) : standIn;
  };
  return (text) => replaceParts(text, candidate, { found, between });
}

function standInFor(found: string, numberOf: Numbering): string {
  if (ipaddr.IPv4.isValidFourPartDecimal(found)) return standInIpv4(ipaddr.IPv4.parse(found), numberOf);
  const pairs = /^[\da-f]{2}([:-])[\da-f]{2}(?:\1[\da-f]{2}){4,}$/i.exec(found);
  if (pairs !== null) {
    const separator = pairs[1] ?? ":";
    return standInBytes(found.split(separator), numberOf).join(separator);
  }
  if (found.endsWith("=")) return standInKey(found, numberOf);
  const [, prefix, bytes] = /^([a-z]{2}x)?((?:[\da-f]{2}){6,})$/i.exec(found) ?? [];
  if (bytes !== undefined) return `${prefix ?? ""}${standInBytes(bytes.match(/../g) ?? [], numberOf).join("")}`;
  if (!found.includes(":")) return `00000000-0000-4000-8000-${hex(numberOf("uuid", found.toLowerCase()), 12)}`;
  // In a sentence a colon may follow an address.
  const [address, rest] = ipaddr.IPv6.isValid(found) ? [found, ""] : [found.replace(/:$/, ""), ":"];
  return ipaddr.IPv6.isValid(address) ? standInIpv6(ipaddr.IPv6.parse(address), numberOf) + rest : found;
}

/** A locally administered MAC (IEEE 802, section 8.2.2), or as many bytes that begin as one. */
function standInBytes(bytes: string[], numberOf: Numbering): string[] {
  const number = numberOf("hardware", bytes.join("").toLowerCase());
  return ["02", ...(hex(number, 2 * (bytes.length - 1)).match(/../g) ?? [])];
}

/** As long as the key, so that it is taken for one. */
function standInKey(key: string, numberOf: Numbering): string {
  const padding = key.endsWith("==") ? "==" : "=";
  return `key${numberOf("key", key)}`.padEnd(key.length - padding.length, "A") + padding;
}

function hex(number: number, digits = 0): string {
  return number.toString(16).padStart(digits, "0");
}

const kept4 = ["unspecified", "loopback", "broadcast", "multicast"];

function standInIpv4(address: ipaddr.IPv4, numberOf: Numbering): string {
  const range = address.range();
  if (kept4.includes(range)) return address.toString();
  const [a = 0, b = 0, c = 0, d = 0] = address.octets;
  const block = range === "private" ? a : range === "carrierGradeNat" ? 100 : range === "linkLocal" ? 169 : 0;
  const network = `${a}.${b}.${c}`;
  const prefix = network4(block, numberOf(`network ${block}`, network) - 1);
  // A network's own address and its broadcast address are recognised by their last part.
  const host = d === 0 || d === 255 ? d : numberOf(`host ${network}`, String(d));
  return `${prefix}.${host}`;
}

const documentation = ["192.0.2", "198.51.100", "203.0.113"];
const benchmarkNetworks = 512;

/** The first three parts of a stand-in from a block, which is named by its first part; 0 is all that is public. */
function network4(block: number, number: number): string {
  const [high, low] = [number >> 8, number & 0xff];
  if (block === 10) return `10.${high}.${low}`;
  if (block === 172) return `172.${16 + high}.${low}`;
  if (block === 192) return `192.168.${low}`;
  if (block === 100) return `100.${64 + high}.${low}`;
  if (block === 169) return `169.254.${low}`;
  const beyond = number - documentation.length;
  const reserved = beyond - benchmarkNetworks; // 240.0.0.0/4 (RFC 1112 section 4) has room for all others.
  if (reserved >= 0) return `${240 + (reserved >> 16)}.${(reserved >> 8) & 0xff}.${reserved & 0xff}`;
  return documentation[number] ?? `198.${18 + (beyond >> 8)}.${beyond & 0xff}`;
}

function standInIpv6(address: ipaddr.IPv6, numberOf: Numbering): string {
  const range = address.range();
  if (range === "unspecified" || range === "loopback") return address.toString();
  if (range === "ipv4Mapped") return `::ffff:${standInIpv4(address.toIPv4Address(), numberOf)}`;
  const parts = address.parts.map((part) => hex(part));
  const [network, host] = [parts.slice(0, 4).join(":"), parts.slice(4).join(":")];
  if (range === "multicast") return standInMulticast(address, numberOf);
  if (range === "linkLocal") return `fe80::${hex(numberOf("link-local", network + host))}`;
  const kind = range === "uniqueLocal" ? "fd00:0:0" : "2001:db8:0";
  const prefix = `${kind}:${hex(numberOf(`network ${kind}`, network))}`;
  return `${prefix}::${host === "0:0:0:0" ? "" : hex(numberOf(`host ${network}`, host))}`;
}

/** A solicited-node address has the end of a unicast address in it (RFC 4291 section 2.7.1). */
function standInMulticast(address: ipaddr.IPv6, numberOf: Numbering): string {
  const solicitedNodes = ipaddr.IPv6.parseCIDR("ff02::1:ff00:0/104");
  const text = address.toString();
  return address.match(solicitedNodes) ? `ff02::1:ff00:${hex(numberOf("solicited node", text))}` : text;
}
