import type { Effects } from "../src/ports.ts";
import { readNamespaces } from "../src/os/ip.ts";
import { exclusively, locks } from "../src/os/locks.ts";
import { readKept, readTable } from "../src/os/nft.ts";
import { names } from "../src/policy/names.ts";
import { replaceRules, rulesFor } from "./ensure-nat.ts";

/**
 * Rules of ndmz that stand are those that are configured; where none stand none are put, and nothing is forwarded that was not.
 * Costs no command where they were given to the kernel as they are configured.
 *
 * @throws BootError as `ensureNat`
 */
export const renewRules: Effects["renewRules"] = async ({ lan }, { signal }) => {
  const kept = await readKept("rules.json");
  if (kept === null || kept.rules === (await rulesFor(lan))) return { isRenewed: false };
  return exclusively(locks.ndmz, signal, async () => {
    const isThere = (await readNamespaces()).includes(names.ndmz);
    const standing = isThere ? await readTable(names.ndmz, names.nftTable, signal) : null;
    if (standing !== null) await replaceRules(lan, signal);
    return { isRenewed: standing !== null };
  });
};
