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

/** A DUID-UUID from a DMI product UUID (RFC 6355 section 4), or null when firmware left the field unset. */
export function duidOfUuid(uuid: string): string | null {
  const digits = uuid.trim().toLowerCase().replaceAll("-", "");
  if (!/^[0-9a-f]{32}$/.test(digits)) return null;
  const isUnset = /^(.)\1*$/.test(digits) || wellKnownPlaceholders.includes(digits);
  return isUnset ? null : `00:04:${octets(digits)}`;
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

/** UUIDs that vendors ship in every board instead of one of its own. */
const wellKnownPlaceholders = ["03000200040005000006000700080009", "00020003000400050006000700080009"];

function octets(hex: string): string {
  return hex.match(/../g)?.join(":") ?? "";
}
