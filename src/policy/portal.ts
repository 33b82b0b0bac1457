import type { Hindrance } from "../contract.ts";
import type { Target } from "./target.ts";

/** What somebody answered over HTTP. */
export interface Answered {
  status: number;
  location: string | null;
  body: string;
}

/** That somebody, who has a name or none, answers in place of a target. */
export function portalIn(target: Pick<Target, "host">, name: string | null): Hindrance {
  const says = `captive portal: ${name ?? "somebody else"} answers in place of ${target.host}`;
  return { kind: "portal", by: name, says };
}

/** Whether an answer is the one that proves a target. */
export function isExpected(
  { status, body }: Answered,
  expected: { status: number | null; body: string | null },
): boolean {
  return expected.status === null ? body.trim() === expected.body : status === expected.status;
}

/**
 * The captive portal that an answer from port 80 of a host gives away, when its other ports are silent: one that sends the client
 * to another host, or says itself what it is (RFC 6585 section 6). Null when it does neither.
 */
export function portalBehind(target: Pick<Target, "host">, { status, location }: Answered): Hindrance | null {
  const elsewhere = redirectedTo(status, location);
  if (elsewhere !== null && elsewhere !== target.host.toLowerCase()) return portalIn(target, elsewhere);
  return status === 511 ? portalIn(target, null) : null;
}

/** The host that a redirection leads to; null where there is none. */
export function redirectedTo(status: number, location: string | null): string | null {
  if (status < 300 || status > 399 || location === null || !/^https?:\/\//i.test(location)) return null;
  return URL.canParse(location) ? new URL(location).hostname : null;
}
