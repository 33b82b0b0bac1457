import type { AddressFacts } from "../contract.ts";
import { hasIpv4, hasIpv6 } from "./losses.ts";
import { names } from "./names.ts";

/** What can be seen of an uplink that another process is to put into its place. */
export interface UplinkSighting {
  hasBridge: boolean;
  port: { nic: string; hasCarrier: boolean } | null;
  zos: AddressFacts;
}

/** Whether `zos` has the same addresses and default routes. */
export function isSameZos(now: AddressFacts, before: AddressFacts | null): boolean {
  return JSON.stringify(now) === JSON.stringify(before);
}

/** What is missing before the uplink is in its place, for people; null when nothing is. */
export function missingOf({ hasBridge, port, zos }: UplinkSighting): string | null {
  if (!hasBridge) return `there is no bridge ${names.bridge}: zos-boot internet has not got that far`;
  if (port === null) return `bridge ${names.bridge} has no NIC as its port`;
  if (!port.hasCarrier) return `${port.nic}, the port of ${names.bridge}, has no carrier`;
  if (!hasIpv4(zos) && !hasIpv6(zos)) return `${names.bridge} has no address with a default route`;
  return null;
}
