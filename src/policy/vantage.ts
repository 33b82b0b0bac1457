import ipaddr from "ipaddr.js";
import { isGlobalIpv6, isUniqueLocal } from "./addresses.ts";

/** Where a vantage listens unless told otherwise. */
export const vantagePort = 7_333;
/** Where a 0-db listens (0-db, `--port`). */
export const zdbPort = 9_900;

/** What a vantage is asked: to connect to the address that asks, at this port, and to say this there. */
export interface Knock {
  /** 1024 to 65535. */
  port: number;
  /** 32 hex digits, by which whoever listens knows that it was the vantage. */
  nonce: string;
}

/** Whether a vantage's connection was accepted, and why not. */
export interface Knocked {
  /** The address that asked, as the vantage sees it. */
  address: string;
  reached: boolean;
  why: "timeout" | "refused" | "unreachable" | null;
}

/** One port that was tried from outside, and what came of it. */
export interface Trial extends Knocked {
  port: number;
  /** Whether the nonce came: others than the vantage may answer on the way. */
  isHeard: boolean;
}

/** Whether 0-db can be served, which its consumers reach over IPv6 alone. */
export interface Reachability {
  answer: "possible" | "impossible" | "unknown";
  /** For people. */
  reason: string;
  /** The address that was tried; null where there is none. */
  address: string | null;
  /** The vantage that was asked; null when none was. */
  vantage: string | null;
  /** ISO 8601. */
  at: string;
}

/** What was tried from where. */
export interface Trials {
  address: string;
  /** Default gateways, the first of which is named where it is at fault. */
  gateways: readonly string[];
  /** The port of 0-db, and another one. */
  zdb: Trial;
  other: Trial;
}

/** What trials of two ports come to. */
export function reachabilityOf({ address, gateways, zdb, other }: Trials): Pick<Reachability, "answer" | "reason"> {
  const seen = canonical(zdb.address);
  if (seen !== canonical(address))
    return impossible(`${address} is translated to ${seen} on the way (NAT66), and nobody gets in to that`);
  const router = gateways[0] === undefined ? "the router" : `the router ${gateways[0]}`;
  const how = zdb.why === "refused" || zdb.why === "unreachable" ? "is refused" : "gets no answer";
  if (zdb.isHeard) {
    const alone = other.isHeard ? "" : `; other ports than this, such as ${other.port}, get none`;
    return { answer: "possible", reason: `a connection from outside came in to ${address}, port ${zdb.port}${alone}` };
  }
  if (zdb.reached) return impossible(`somebody on the way answers for ${address}, port ${zdb.port}`);
  if (other.isHeard)
    return impossible(
      `port ${zdb.port} alone ${how}, others of ${address} do: let it pass on ${router}, or ask the ISP who blocks it`,
    );
  return impossible(
    `nobody gets in to ${address}: what comes from outside ${how}; let inbound IPv6 pass, TCP port ${zdb.port} at least, in the firewall of ${router}`,
  );
}

/** What addresses without a global one come to. */
export function withoutGlobal(ipv6: readonly string[]): Pick<Reachability, "answer" | "reason"> {
  return impossible(ipv6.some(isUniqueLocal) ? "no global IPv6, local addresses (ULA) only" : "no global IPv6");
}

function impossible(reason: string): Pick<Reachability, "answer" | "reason"> {
  return { answer: "impossible", reason };
}

/** What is to be known where no vantage answered: what was found before, unless nothing certain was. */
export function unanswered(before: Reachability | null, why: string, at: string): Reachability {
  if (before !== null && before.answer !== "unknown") return before;
  return { answer: "unknown", reason: `no vantage was reached: ${why}`, address: null, vantage: null, at };
}

/** Why a vantage connects to no such address; null when it does. Whoever asks from a global one is there. */
export function whyNotKnocked(address: string): string | null {
  if (!ipaddr.IPv6.isValid(address)) return "no IPv6 address";
  return isGlobalIpv6(address) ? null : "no global IPv6 address";
}

/** The /64 of an IPv6 address, with or without prefix length. */
export function networkOf64(address: string): string {
  const { parts } = ipaddr.IPv6.parse(address.split("/")[0] ?? "");
  return `${new ipaddr.IPv6([...parts.slice(0, 4), 0, 0, 0, 0]).toString()}/64`;
}

/** The /64s of the global addresses among some, in their order. */
export function globalNetworks(addresses: readonly string[]): string[] {
  return [...new Set(addresses.filter(isGlobalIpv6).map(networkOf64))].toSorted();
}

function canonical(address: string): string {
  return ipaddr.IPv6.isValid(address) ? ipaddr.IPv6.parse(address).toString() : address;
}

/** A MAC address of its own for the trial, the same each time: that of npub6 with another last octet but one. */
export function trialMac(npub6Mac: string): string {
  const octets = npub6Mac.split(":");
  const flipped = Number.parseInt(octets[4] ?? "0", 16) ^ 0xa5;
  return octets.with(4, flipped.toString(16).padStart(2, "0")).join(":");
}

/** Where a vantage is. */
export interface VantageUrl {
  /** A name, or an IPv6 address without brackets. */
  host: string;
  port: number;
}

/** The form of a vantage's address, for whoever wrote another. */
export const vantageForm = `http://HOST or http://HOST:PORT of a vantage (${vantagePort} unless said)`;

const hostName = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i; // RFC 1123 section 2.1

/** Reads a vantage's address; null for any other text, also for one of IPv4, over which nobody asks. */
export function parseVantage(text: string): VantageUrl | null {
  const [, bracketed, plain = "", digits] =
    /^http:\/\/(?:\[([^\]]+)\]|([^/:[\]]+))(?::(\d{1,5}))?\/?$/.exec(text) ?? [];
  const port = Number(digits ?? vantagePort);
  const isHost =
    bracketed === undefined ? hostName.test(plain) && !/^[\d.]+$/.test(plain) : ipaddr.IPv6.isValid(bracketed);
  return isHost && port >= 1 && port <= 65_535 ? { host: bracketed ?? plain, port } : null;
}

/** How often somebody may do something. */
export interface Allowance {
  /** How often at once. */
  burst: number;
  /** How long until one more is allowed, in milliseconds. */
  everyMs: number;
  /** Of how many it is kept at the most; beyond that, strangers wait. */
  mostKeys: number;
}

/** By when each has used up nothing: the generic cell rate algorithm's theoretical arrival time (ITU-T I.371), by key. */
export type Arrivals = ReadonlyMap<string, number>;

/**
 * Whether one more is allowed, by the generic cell rate algorithm: null, or how long to wait in milliseconds.
 *
 * @returns the arrivals from now on too; those that are past are forgotten
 */
export function admit(
  arrivals: Arrivals,
  { key, nowMs }: { key: string; nowMs: number },
  { burst, everyMs, mostKeys }: Allowance,
): { waitMs: number | null; arrivals: Arrivals } {
  const dueMs = Math.max(arrivals.get(key) ?? 0, nowMs);
  const waitMs = dueMs - (burst - 1) * everyMs - nowMs;
  if (waitMs > 0) return { waitMs, arrivals };
  const isNew = !arrivals.has(key);
  const kept = isNew && arrivals.size >= mostKeys ? new Map([...arrivals].filter(([, ms]) => ms > nowMs)) : arrivals;
  if (isNew && kept.size >= mostKeys) return { waitMs: everyMs, arrivals: kept };
  return { waitMs: null, arrivals: new Map([...kept, [key, dueMs + everyMs]]) };
}
