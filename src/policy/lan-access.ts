import ipaddr from "ipaddr.js";
import type { Settings } from "../contract.ts";
import { verdictFor } from "./reach-matrix.ts";

/** IPv4 that is not the Internet (RFC 6890 section 2.2.2, IANA's registry); networks for documentation lead nowhere anyway. */
const special4 = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "224.0.0.0/4",
  "240.0.0.0/4",
] as const;

/** IPv6 that is: global unicast (RFC 4291 section 2.4), and IPv4 behind a NAT64 (RFC 6052 section 2.1). */
const internet6 = ["2000::/3", "64:ff9b::/96"] as const;

/** What of the node's surroundings network resources reach. */
export type LanAccess = Pick<Settings, "lanAccess" | "lanExceptions">;

/** What of the settings says whether resources reach the networks that the node is in. */
export function lanOf({ lanAccess, lanExceptions }: Settings): LanAccess {
  return { lanAccess, lanExceptions };
}

/** Whether resources may reach other things of those networks than before. */
export function isLanOther(before: LanAccess, after: LanAccess): boolean {
  return JSON.stringify(before) !== JSON.stringify(after);
}

/** Whether the text is an IPv4 or IPv6 prefix. */
export function isPrefix(text: string): boolean {
  return ipaddr.isValidCIDR(text) && (text.includes(":") || ipaddr.IPv4.isValidCIDRFourPartDecimal(text));
}

/**
 * Rules of nft(8) (1.0.6) that say where a resource's new connection may lead: all but exceptions is dropped that is not the
 * Internet. A neighbour of ndmz is known by being its own next hop, whatever prefixes the networks have by now, and a gateway by
 * being that of something else, so the next hop of each new connection is noted, and whatever has been one is not for resources. A
 * note that does not fit into the set ends the rule, and the connection with it. Public addresses behind the gateway are the Internet,
 * also those of a network into which it leads that ndmz has no address in.
 */
export function outwardRules(lan: LanAccess): Record<"outward" | "beyond", string[]> {
  const { lanExceptions } = lan;
  const [verdict, beyond] = [verdictFor(lan, "lan"), verdictFor(lan, "internet")];
  const around = `counter name nearby ${verdict}`;
  const [except4, except6] = [false, true].map((isIpv6) =>
    lanExceptions.filter((each) => each.includes(":") === isIpv6),
  );
  const towards = (key: "ip" | "ip6", prefixes: readonly string[] = []) =>
    prefixes.length === 0 ? [] : [`${key} daddr ${oneOf(prefixes)} accept`];
  if (verdict === "accept") return { outward: [beyond], beyond: [] };
  return {
    outward: [
      ...towards("ip", except4),
      ...towards("ip6", except6),
      `ip daddr ${oneOf(special4)} ${around}`,
      `ip6 daddr != ${oneOf(internet6)} ${around}`,
      `ip6 daddr ${oneOf(special4.map(behindNat64))} ${around}`,
      "meta nfproto ipv4 update @nexthops4 { rt ip nexthop } goto beyond",
      "meta nfproto ipv6 update @nexthops6 { rt ip6 nexthop } goto beyond",
    ],
    beyond: [`ip daddr @nexthops4 ${around}`, `ip6 daddr @nexthops6 ${around}`, beyond],
  };
}

function oneOf(prefixes: readonly string[]): string {
  return `{ ${prefixes.join(", ")} }`;
}

/** The IPv6 prefix by which a NAT64 with the well-known prefix would reach an IPv4 one (RFC 6052 section 3.1 forbids it). */
function behindNat64(prefix: string): string {
  const [{ octets }, length] = ipaddr.IPv4.parseCIDR(prefix);
  const [a = 0, b = 0, c = 0, d = 0] = octets;
  return `64:ff9b::${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}/${96 + length}`;
}
