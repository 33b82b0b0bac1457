import ipaddr from "ipaddr.js";
import type { Family } from "../contract.ts";

/** What a client asks a DNS server: the addresses of a host in one family. */
export interface DnsQuestion {
  /** 0 to 65535, which the answer bears too. */
  id: number;
  host: string;
  family: Family;
}

/** What a DNS server said. */
export interface DnsAnswer {
  /** RFC 1035 section 4.1.1 by the names of RFC 6895 section 2.3; `NOERROR` without an address: none in this family. */
  rcode: string;
  /** Of the host, or of the name that it is an alias of. */
  addresses: string[];
}

const headerBytes = 12; // RFC 1035 section 4.1.1.
const recordTypes: Record<Family, number> = { v4: 1, v6: 28 }; // RFC 1035 section 3.2.2, RFC 3596 section 2.1.
const addressBytes: Record<Family, number> = { v4: 4, v6: 16 };
const rcodes = ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"];
/** More addresses of one host are not tried. */
const mostAddresses = 8;

/** The query that asks it, for a server that looks further itself (RFC 1035 section 4.1). */
export function queryOf({ id, host, family }: DnsQuestion): Uint8Array {
  const labels = host.split(".").flatMap((label) => [label.length, ...new TextEncoder().encode(label)]);
  return Uint8Array.from([
    ...[...pair(id), ...pair(0x0100), ...pair(1), ...pair(0), ...pair(0), ...pair(0)],
    ...[...labels, 0, ...pair(recordTypes[family]), ...pair(1)],
  ]);
}

/** What a message answers to a question; null when it is no answer to that, or no message. */
export function answerIn(message: Uint8Array, question: DnsQuestion): DnsAnswer | null {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  if (message.length < headerBytes || view.getUint16(0) !== question.id) return null;
  const [flags, questions, answers] = [view.getUint16(2), view.getUint16(4), view.getUint16(6)];
  if ((flags & 0xf800) !== 0x8000) return null;
  const code = flags & 0x000f;
  const rcode = rcodes[code] ?? `RCODE ${code}`;
  if (questions === 0 && code !== 0) return { rcode, addresses: [] };
  const asked = queryOf(question);
  if (questions !== 1 || !isSameQuestion(message, asked)) return null;
  return { rcode, addresses: addressesIn(view, { at: asked.length, count: answers, family: question.family }) };
}

function pair(value: number): [number, number] {
  return [value >> 8, value & 0xff];
}

/** Names are the same in upper and lower case (RFC 4343). */
function isSameQuestion(message: Uint8Array, asked: Uint8Array): boolean {
  const textOf = (bytes: Uint8Array) =>
    new TextDecoder("latin1").decode(bytes.subarray(headerBytes, asked.length)).toLowerCase();
  return textOf(message) === textOf(asked);
}

/** Addresses among the records of a section, as far as those can be read. */
function addressesIn(view: DataView, { at, count, family }: { at: number; count: number; family: Family }): string[] {
  const found = new Set<string>();
  let next = at;
  for (let index = 0; index < count && found.size < mostAddresses; index += 1) {
    const start = endOfName(view, next);
    if (start === null || start + 10 > view.byteLength) break;
    const [type, size] = [view.getUint16(start), view.getUint16(start + 8)];
    next = start + 10 + size;
    if (next > view.byteLength) break;
    if (type !== recordTypes[family] || size !== addressBytes[family]) continue;
    const bytes = new Uint8Array(view.buffer, view.byteOffset + start + 10, size);
    found.add(ipaddr.fromByteArray([...bytes]).toString());
  }
  return [...found];
}

/** Where the record goes on behind its name, which may end in a pointer (RFC 1035 section 4.1.4). */
function endOfName(view: DataView, at: number): number | null {
  for (let next = at; next < view.byteLength;) {
    const size = view.getUint8(next);
    if (size === 0) return next + 1;
    if (size >= 0xc0) return next + 2;
    if (size > 63) return null;
    next += size + 1;
  }
  return null;
}
