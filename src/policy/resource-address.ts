import { BootError } from "../errors.ts";
import { resourcePort } from "./names.ts";

/** Numbers of network resources: 100.127.x.y without network, gateway (0.1) and broadcast address. */
const firstIndex = 2;
const lastIndex = 0xfffe;

/**
 * A number for a network resource that no other has: always the same for a name on an otherwise empty node.
 *
 * @param links the names of the node's links, among them the ports of attached resources
 * @throws BootError `busy` when all are taken
 */
export function freeIndex(namespace: string, links: string[]): number {
  const taken = new Set(links);
  const span = lastIndex - firstIndex + 1;
  const start = hash(namespace) % span;
  for (let offset = 0; offset < span; offset++) {
    const index = firstIndex + ((start + offset) % span);
    if (!taken.has(resourcePort(index))) return index;
  }
  throw new BootError("busy", `all ${span} addresses for network resources are taken`);
}

/** The addresses of the network resource with this number, with prefix lengths. */
export function addressesOfResource(index: number): [string, string] {
  const [high, low] = [index >> 8, index & 0xff];
  return [`100.127.${high}.${low}/16`, `fd00::${high.toString(16)}:${low.toString(16)}/64`];
}

/** FNV-1a, 32 bits (draft-eastlake-fnv). */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) value = Math.imul(value ^ byte, 0x01000193) >>> 0;
  return value;
}
