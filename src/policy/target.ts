import ipaddr from "ipaddr.js";
import type { Goals, Settings } from "../contract.ts";
import { BootError } from "../errors.ts";

/** What proves that a target was reached, and not somebody in its place. */
export type TargetProof =
  /** It accepts a TCP connection, which a captive portal does too. */
  | { kind: "accepts" }
  /** It has a certificate for its name (RFC 9525). */
  | { kind: "certificate" }
  /** It answers a request over HTTP with this status, or with this body. */
  | { kind: "answer"; path: string; status: number | null; body: string | null };

/** What the node must be able to reach. */
export interface Target {
  host: string;
  /** 1 to 65535. */
  port: number;
  proof: TargetProof;
  text: string;
}

const hostName = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i; // RFC 1123 section 2.1

/** The forms of a target, for whoever wrote another. */
export const targetForms = "https://HOST, http://HOST/PATH#ANSWER or HOST:PORT";

/**
 * Parses a target: `https://HOST[:PORT]`, `http://HOST[:PORT]/PATH#ANSWER` with the status or the body that proves it, or
 * `HOST:PORT`. An IPv6 address stands in brackets (RFC 3986 section 3.2.2).
 *
 * @throws BootError `bad-config` that names the text
 */
export function parseTarget(text: string): Target {
  const [, scheme, authority = "", path = "", answer] =
    /^(?:(https?):\/\/)?([^/#\s]+)(\/[!-"$-~]*)?(?:#([ -~]+))?$/.exec(text) ?? [];
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(authority) ?? [];
  const host = bracketed ?? plain ?? "";
  const isHost =
    bracketed === undefined
      ? ipaddr.IPv4.isValidFourPartDecimal(host) || (hostName.test(host) && !/^[\d.]+$/.test(host))
      : ipaddr.IPv6.isValid(bracketed);
  const proof = proofOf(scheme, path, answer);
  const port = Number(digits ?? (scheme === "https" ? 443 : scheme === "http" ? 80 : 0));
  if (!isHost || proof === null || port < 1 || port > 65_535) {
    throw new BootError("bad-config", `target ${JSON.stringify(text)} is not ${targetForms}`);
  }
  return { host, port, proof, text };
}

function proofOf(scheme: string | undefined, path: string, answer: string | undefined): TargetProof | null {
  if (scheme === "http") {
    if (answer === undefined) return null;
    const isStatus = /^[1-5]\d\d$/.test(answer);
    const meant = isStatus ? { status: Number(answer), body: null } : { status: null, body: answer };
    return { kind: "answer", path: path === "" ? "/" : path, ...meant };
  }
  if (answer !== undefined || path.replace("/", "") !== "") return null;
  if (scheme === "https") return { kind: "certificate" };
  return path === "" ? { kind: "accepts" } : null;
}

/** What of the settings says what must be reached. */
export function goalsOf({ reachTargets, caFile, fallbackDns }: Settings): Goals {
  return { reachTargets, caFile, fallbackDns };
}

/** Whether other targets are to be reached, or by other DNS servers. */
export function isGoalOther(before: Goals, after: Goals): boolean {
  return JSON.stringify(before) !== JSON.stringify(after);
}

/** The hosts among targets that DNS must be asked for. */
export function namesAmong(targets: readonly string[]): string[] {
  return [...new Set(targets.map((text) => parseTarget(text).host))].filter((host) => !ipaddr.isValid(host));
}
