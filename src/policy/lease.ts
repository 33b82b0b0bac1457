import ipaddr from "ipaddr.js";
import type { Lease } from "../contract.ts";
import { BootError } from "../errors.ts";
import { isHostIpv4, isLinkLocalIpv4 } from "./addresses.ts";

/** The variables that a DHCP client hands to its event script. */
export type EventVariables = Readonly<Record<string, string>>;

/** Parses the NUL-separated variables that the event script wrote (env(1), option -0). */
export function parseEvent(text: string): EventVariables {
  return Object.fromEntries(
    text
      .split("\0")
      .filter((line) => line.includes("="))
      .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );
}

/** What each DHCP client calls the parts of a lease in its events. */
interface Dialect {
  /** Reasons with which it tells that there is a lease. */
  reasons: readonly string[];
  address: string;
  prefixLength: string;
  classlessRoutes: string;
  routers: string;
  server: string;
  dnsServers: string;
  domain: string;
  searchList: string;
  mtu: string;
  leaseSeconds: string;
}

const dialects: readonly Dialect[] = [
  // dhcpcd 9, dhcpcd-run-hooks(8)
  {
    reasons: ["BOUND", "RENEW", "REBIND", "REBOOT"],
    address: "new_ip_address",
    prefixLength: "new_subnet_cidr",
    classlessRoutes: "new_classless_static_routes",
    routers: "new_routers",
    server: "new_dhcp_server_identifier",
    dnsServers: "new_domain_name_servers",
    domain: "new_domain_name",
    searchList: "new_domain_search",
    mtu: "new_interface_mtu",
    leaseSeconds: "new_dhcp_lease_time",
  },
  // udhcpc of busybox 1.35, udhcpc(8), with its event's name as the reason
  {
    reasons: ["bound", "renew"],
    address: "ip",
    prefixLength: "mask",
    classlessRoutes: "staticroutes",
    routers: "router",
    server: "serverid",
    dnsServers: "dns",
    domain: "domain",
    searchList: "search",
    mtu: "mtu",
    leaseSeconds: "lease",
  },
];

/** The lease's parts by one set of names, or null when the event tells of no lease. */
function partsOf(event: EventVariables): Partial<Record<keyof Dialect, string>> | null {
  const dialect = dialects.find(({ reasons }) => reasons.includes(event["reason"] ?? ""));
  if (dialect === undefined) return null;
  const { reasons: _, ...variables } = dialect;
  return Object.fromEntries(
    Object.entries(variables).flatMap(([part, variable]) => {
      const value = event[variable];
      return value === undefined ? [] : [[part, value]];
    }),
  );
}

/**
 * The lease that an event of a DHCP client tells of, or null when it tells of something else. What comes from the server is
 * checked option by option: one that makes no sense is left out and named in `warnings`, the lease stays.
 *
 * @throws BootError `bad-output` when the lease itself has no usable address
 */
export function leaseOf(event: EventVariables): Lease | null {
  const parts = partsOf(event);
  if (parts === null) return null;
  const { address = "" } = parts;
  const prefixLength = Number(parts.prefixLength ?? "32");
  if (!isHostIpv4(address) || !Number.isInteger(prefixLength) || prefixLength < 1 || prefixLength > 32) {
    throw new BootError(
      "bad-output",
      `DHCP lease has no usable address: ${JSON.stringify(`${address}/${prefixLength}`)}`,
    );
  }
  const warnings: string[] = [];
  const warn = (option: string, value: string) =>
    void warnings.push(`DHCP ${option} ${JSON.stringify(value.slice(0, 80))} ignored`);
  return {
    address,
    prefixLength,
    gateways: gatewaysOf(parts, { isGateway: gatewayOn(prefixLength), warn }),
    server: wordsOf(parts.server).find(isHostIpv4) ?? null,
    dnsServers: validWords(parts.dnsServers, {
      isValid: isHostIpv4,
      reject: (word) => {
        warn("DNS server", word);
      },
    }),
    searchList: validWords(parts.searchList ?? parts.domain, {
      isValid: isDomain,
      reject: (word) => {
        warn("search domain", word);
      },
    }),
    mtuBytes: mtuOf(parts.mtu, warn),
    leaseSeconds: Number(parts.leaseSeconds ?? "0") || 0,
    warnings,
  };
}

/** Why the lease that an event tells of is of no use, though the client is content with it; null for any other event. */
export function whyUseless(event: EventVariables): string | null {
  try {
    leaseOf(event);
    return null;
  } catch (error) {
    if (error instanceof BootError) return error.message;
    throw error;
  }
}

type Warn = (option: string, value: string) => void;

/** How routers of a lease are judged. */
interface Judgement {
  isGateway: (text: string) => boolean;
  warn: Warn;
}

/** Default gateways; classless static routes (option 121) replace routers (option 3) where both came (RFC 3442). */
function gatewaysOf(
  { classlessRoutes, routers }: Partial<Record<keyof Dialect, string>>,
  { isGateway, warn }: Judgement,
): string[] {
  const classless = wordsOf(classlessRoutes);
  if (classless.length === 0) {
    return validWords(routers, {
      isValid: isGateway,
      reject: (word) => {
        warn("router", word);
      },
    });
  }
  const gateways: string[] = [];
  for (let at = 0; at + 1 < classless.length; at += 2) {
    const [destination = "", gateway = ""] = classless.slice(at, at + 2);
    if (destination !== "0.0.0.0/0") continue;
    if (isGateway(gateway)) gateways.push(gateway);
    else warn("classless route", `${destination} ${gateway}`);
  }
  return gateways;
}

/** Link-local gateways (RFC 3927) lead nowhere, but for hosts that have nobody else on their link. */
function gatewayOn(prefixLength: number): (text: string) => boolean {
  return (text) => isHostIpv4(text) && (prefixLength === 32 || !isLinkLocalIpv4(text));
}

/** Interface MTU, 68 to 65535 bytes (RFC 2132 section 5.1); below 1280 IPv6 does not work (RFC 8200 section 5). */
function mtuOf(text: string | undefined, warn: Warn): number | null {
  if (text === undefined) return null;
  const mtu = Number(text);
  if (Number.isInteger(mtu) && mtu >= 1280 && mtu <= 65_535) return mtu;
  warn("interface MTU", text);
  return null;
}

/** udhcpc says `bad` for a domain that it does not like (good_hostname in busybox's networking/udhcp/dhcpc.c). */
function isDomain(text: string): boolean {
  if (text === "bad") return false;
  return /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*\.?$/i.test(
    text,
  );
}

function wordsOf(text: string | undefined): string[] {
  return (text ?? "").split(/\s+/).filter((word) => word !== "");
}

interface Check {
  isValid: (word: string) => boolean;
  reject: (word: string) => void;
}

function validWords(text: string | undefined, { isValid, reject }: Check): string[] {
  const words = [...new Set(wordsOf(text))];
  for (const word of words.filter((each) => !isValid(each))) reject(word);
  return words.filter(isValid);
}

/**
 * The DNS servers that rdisc6 (ndisc6 1.0.5) printed of a router advertisement on a link (RFC 8106), as resolv.conf(5)
 * takes them: a link-local one is of use only with its link. Anything but a usable IPv6 address is left out.
 */
export function advertisedDnsServers(text: string, link: string): string[] {
  const found = [...text.matchAll(/^\s*Recursive DNS server\s*:\s*(\S+)\s*$/gm)].map(([, address = ""]) => address);
  return [...new Set(found)].flatMap((address) => usableDnsServer(address, link) ?? []);
}

/** An IPv6 DNS server as resolv.conf(5) takes it, a link-local one with its link; null for anything but a usable address. */
export function usableDnsServer(address: string, link: string): string | null {
  if (!ipaddr.IPv6.isValid(address)) return null;
  const range = ipaddr.IPv6.parse(address).range();
  if (["unspecified", "loopback", "multicast"].includes(range)) return null;
  return range === "linkLocal" ? `${address}%${link}` : address;
}
