import { readNamespaces } from "../os/ip.ts";
import { readCounters } from "../os/nft.ts";
import { names } from "../policy/names.ts";
import type { Refused } from "../policy/nat-rules.ts";

/** What of resources has been dropped so far; null without ndmz. */
export async function readRefusedNow(): Promise<Refused | null> {
  const { signal } = new AbortController();
  if (!(await readNamespaces()).includes(names.ndmz)) return null;
  const found = await Promise.all([
    readCounters({ namespace: names.ndmz, signal }, "inet", names.nftTable),
    readCounters({ namespace: null, signal }, "bridge", names.nftTable),
  ]);
  return { hasty: 0, held: 0, nearby: 0, forged: 0, ...found[0], ...found[1] };
}
