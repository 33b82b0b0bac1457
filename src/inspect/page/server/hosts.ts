import { isIP } from "node:net";
import { BootError } from "../../../errors.ts";

/** Where the page is served. */
export interface Address {
  host: string;
  /** 0 lets the kernel choose one. */
  port: number;
}

/** This machine only, and a port that no registered service has (IANA). */
export const defaultAddress: Address = { host: "127.0.0.1", port: 7332 };

const loopbackNames = ["localhost", "127.0.0.1", "::1"];
const anyAddress = ["0.0.0.0", "::"];

/**
 * Reads `HOST:PORT`, or a port alone, which is then one of this machine only. An IPv6 address stands in brackets.
 *
 * @param example what a refusal names
 * @throws BootError `bad-input`
 */
export function parseAddress(text: string, example = `127.0.0.1:${defaultAddress.port} or [::1]:0`): Address {
  const [, bracketed, plain, digits = ""] = /^(?:(?:\[([^\]]*)\]|([^:[\]]*)):)?(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain ?? defaultAddress.host;
  const isHost = bracketed === undefined ? host === "localhost" || isIP(host) === 4 : isIP(bracketed) === 6;
  const port = Number(digits);
  if (digits === "" || !isHost || port > 65_535) {
    throw new BootError("bad-input", `${JSON.stringify(text)} is not HOST:PORT, such as ${example}`);
  }
  return { host, port };
}

/** An address as a browser takes it. */
export function urlOf({ host, port }: Address): string {
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}/`;
}

/**
 * Whether a request's Host header names this server by an address that it has, or as the own machine. Any other name may
 * be a stranger's, pointed here to make a browser hand over what only this machine may see (DNS rebinding). The port may
 * be another one: a tunnel's.
 */
export function isOwnHost(header: string | undefined, boundHost: string): boolean {
  const [, bracketed, plain] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d{1,5})?$/.exec(header ?? "") ?? [];
  const name = (bracketed ?? plain ?? "").toLowerCase();
  if (name === boundHost) return true;
  if (anyAddress.includes(boundHost)) return name === "localhost" || isIP(name) !== 0;
  return loopbackNames.includes(boundHost) && loopbackNames.includes(name);
}
