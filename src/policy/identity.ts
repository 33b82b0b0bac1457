/**
 * DHCPv4 client identifier of the node on one NIC: node-specific, so that the probe and the lease client on the bridge,
 * on every boot, are one client to the server. The IAID is the low half of the NIC's MAC: two NICs of a node in the
 * same network get two leases.
 *
 * @param duid colon-separated hex
 * @param mac the interface's hardware address; `zos` has its uplink's
 * @returns colon-separated hex: type 255, IAID (4 bytes), DUID (RFC 4361 section 6.1)
 */
export function clientIdOf(duid: string, mac: string): string {
  return ["ff", ...mac.toLowerCase().split(":").slice(-4), duid].join(":");
}

/** DHCPv4 client identifier that is a MAC address and nothing else: hardware type 1 (RFC 2132 section 9.14). */
export function clientIdOfMac(mac: string): string {
  return `01:${mac.toLowerCase()}`;
}

/** Whether a client is known to its server by its MAC address alone. */
export function isClientIdOfMac(clientId: string): boolean {
  return clientId.startsWith("01:");
}

/**
 * By which name a DHCP server is to know a host: the first label of its name, whose domain is the server's to say (RFC 2132
 * section 3.14); null when that is no label (RFC 1123 section 2.1).
 */
export function firstLabelOf(hostname: string): string | null {
  const [label = ""] = hostname.split(".");
  return /^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/.test(label) ? label : null;
}

/** What a board can be known by. */
export interface Hardware {
  /** DMI product UUID as 32 hex digits; null where firmware left the field unset, or set what a thousand boards have. */
  uuid: string | null;
  /** Permanent MACs of the NICs on the board, lowest first; none while no driver has found one. */
  macs: string[];
}

/** What is kept of a node's identity once it was made. */
export interface KeptIdentity extends Hardware {
  duid: string;
}

/**
 * Whether a kept identity is this board's: it has the same UUID, and one of the NICs that were seen then. NICs may come and go
 * one by one; the copy of a disk in another board is another node, even where firmware gave both boards one UUID.
 */
export function isSameBoard(kept: KeptIdentity, { uuid, macs }: Hardware): boolean {
  return kept.uuid === uuid && (macs.length === 0 ? uuid !== null : macs.some((mac) => kept.macs.includes(mac)));
}

/** The product UUID as 32 hex digits, or null when firmware left the field unset. */
export function productUuid(text: string): string | null {
  const digits = text.trim().toLowerCase().replaceAll("-", "");
  if (!/^[0-9a-f]{32}$/.test(digits)) return null;
  const isUnset = new Set(digits).size <= fewDigits || wellKnownPlaceholders.includes(digits);
  return isUnset ? null : digits;
}

/**
 * A DUID-UUID (RFC 6355 section 4) from the first sixteen bytes of a digest in hex, made a UUID of version 8 (RFC 9562
 * section 5.8).
 */
export function duidOfDigest(hexDigest: string): string {
  const variant = ((Number.parseInt(hexDigest.slice(16, 18), 16) & 0x3f) | 0x80).toString(16);
  return `00:04:${octets(`${hexDigest.slice(0, 12)}8${hexDigest.slice(13, 16)}${variant}${hexDigest.slice(18, 32)}`)}`;
}

/** A DUID-LL from a permanent Ethernet address (RFC 8415 section 11.4, hardware type 1). */
export function duidOfMac(mac: string): string {
  return `00:03:00:01:${mac.toLowerCase()}`;
}

/** A unicast, locally administered MAC from the first six bytes of a digest in hex. */
export function macOfDigest(hexDigest: string): string {
  const first = (Number.parseInt(hexDigest.slice(0, 2), 16) & 0xfe) | 0x02;
  return `${first.toString(16).padStart(2, "0")}:${octets(hexDigest.slice(2, 12))}`;
}

/** One of the sixteen digits is missing in most UUIDs; one with so few of them was typed in. */
const fewDigits = 4;
/** UUIDs that vendors ship in every board instead of one of its own. */
const wellKnownPlaceholders = [
  "03000200040005000006000700080009",
  "00020003000400050006000700080009",
  "12345678123456789012123456789012",
  "123456781234567890abcddeefaabbcc",
  "00112233445566778899aabbccddeeff",
];

function octets(hex: string): string {
  return hex.match(/../g)?.join(":") ?? "";
}
