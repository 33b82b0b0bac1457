import ipaddr from "ipaddr.js";
import { BootError } from "../errors.ts";

/** A TCP endpoint that the node must be able to reach. */
export interface Target {
  host: string;
  /** 1 to 65535. */
  port: number;
  text: string;
}

const hostName = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i; // RFC 1123 section 2.1

/**
 * Parses `host:port`; an IPv6 address stands in brackets (RFC 3986 section 3.2.2).
 *
 * @throws BootError `bad-config` that names the text
 */
export function parseTarget(text: string): Target {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  const isHost =
    (bracketed !== undefined && ipaddr.IPv6.isValid(bracketed)) ||
    (plain !== undefined &&
      (ipaddr.IPv4.isValidFourPartDecimal(plain) || (hostName.test(plain) && !/^[\d.]+$/.test(plain))));
  if (!isHost || port < 1 || port > 65_535) {
    throw new BootError("bad-config", `target ${JSON.stringify(text)} is not HOST:PORT, IPV4:PORT or [IPV6]:PORT`);
  }
  return { host: bracketed ?? plain ?? "", port, text };
}
