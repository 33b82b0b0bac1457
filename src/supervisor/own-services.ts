import type { ClientPlace } from "../contract.ts";
import { names } from "../policy/names.ts";

/** Every service of this program. */
export const ownServices: readonly ClientPlace[] = [
  { service: names.uplinkClient, iface: names.bridge, namespace: null },
  { service: names.ndmzClient, iface: names.npub4, namespace: names.ndmz },
];
