import type { Hindrance } from "../contract.ts";
import { isHostIpv4, isLocal, isHostIpv6 } from "./addresses.ts";
import type { DnsAnswer } from "./dns-message.ts";

/** A name that does not exist, whoever is asked (RFC 6761 section 6.4). */
export const inventedName = "zos-boot.invalid";

/** What a DNS server said to all that it was asked. */
export interface DnsRecord {
  server: string;
  /** Null is silence. */
  answers: { host: string; answer: DnsAnswer | null }[];
  /** The addresses that it gives to a name that does not exist. */
  invented: readonly string[];
}

/** Why an address says nothing of the Internet's host; null when it may be that host's. */
function whyNoHost(address: string, invented: readonly string[]): string | null {
  if (invented.includes(address)) return "as for any name, even one that does not exist";
  if (!isHostIpv4(address) && !isHostIpv6(address)) return "which is no host's address";
  return isLocal(address) ? "a private address" : null;
}

/** What is wrong with a DNS server, by what it said of the targets; null when nothing is. */
export function faultOf({ server, answers, invented }: DnsRecord): string | null {
  const name = `DNS server ${server}`;
  const given = answers.flatMap(({ host, answer }) => (answer === null ? [] : [{ host, ...answer }]));
  if (given.length === 0) return `${name} does not answer`;
  const rcodes = [...new Set(given.map(({ rcode }) => rcode))];
  if (!rcodes.includes("NOERROR")) return `${name} answers ${rcodes.join(" or ")} for every target`;
  const addresses = given.flatMap(({ host, addresses: all }) => all.map((address) => ({ host, address })));
  const [wrong] = addresses;
  if (wrong === undefined || addresses.some(({ address }) => whyNoHost(address, invented) === null)) return null;
  return `${name} gives ${wrong.address} for ${wrong.host}, ${whyNoHost(wrong.address, invented)}`;
}

/** What is wrong with all the DNS servers of a network; null when one of them is right. */
export function dnsHindrance(records: readonly DnsRecord[]): Hindrance | null {
  if (records.length === 0) return { kind: "dns", by: null, says: "no DNS server is named" };
  const faults = records.map(faultOf);
  if (faults.includes(null)) return null;
  return { kind: "dns", by: records.map(({ server }) => server).join(", "), says: faults.join("; ") };
}

/** That names were found by other servers than the network's own, and why. */
export function withFallback({ says, ...own }: Hindrance, fallback: readonly string[]): Hindrance {
  return { ...own, says: `${says}: fallback DNS (${fallback.join(", ")}) was used` };
}

/**
 * In what order DNS servers are asked from now on: those first that know the targets, then silent ones, in the end those that
 * are wrong. While the first one of an earlier order is right, that order stays.
 *
 * @param before an earlier order of some servers
 */
export function ordered(records: readonly DnsRecord[], before: readonly string[]): string[] {
  const rankOf = (record: DnsRecord) =>
    isRight(record) ? 0 : record.answers.every(({ answer }) => answer === null) ? 1 : 2;
  const servers = records.toSorted((a, b) => rankOf(a) - rankOf(b)).map(({ server }) => server);
  const isSame = before.length === servers.length && servers.every((server) => before.includes(server));
  return isSame && records.some((record) => record.server === before[0] && isRight(record)) ? [...before] : servers;
}

/** Whether a DNS server knows a target. */
export function isRight(record: DnsRecord): boolean {
  return faultOf(record) === null && record.answers.some(({ answer }) => (answer?.addresses.length ?? 0) > 0);
}
