import type { Effects } from "../src/ports.ts";
import { BootError } from "../src/errors.ts";
import { applyAndReadTable, isAsKept, keepRules, readTable } from "../src/os/nft.ts";
import { readText } from "../src/os/files.ts";
import { checkHeld, exclusively, locks } from "../src/os/locks.ts";
import type { LanAccess } from "../src/policy/lan-access.ts";
import { isNatInPlace, natRules } from "../src/policy/nat-rules.ts";
import { setSysctlsIn } from "../src/os/sysctl.ts";
import { names } from "../src/policy/names.ts";
import { forwarding } from "../src/policy/sysctls.ts";

/**
 * NAT and filter rules are in place in ndmz, and only then it forwards; nobody else's tables are touched.
 *
 * @throws BootError `namespace-gone`, `not-verified`, `command-failed` when the kernel refuses the rules, `busy` when another
 *   process does not let go
 */
export const ensureNat: Effects["ensureNat"] = ({ lan }, { signal }) =>
  exclusively(locks.ndmz, signal, async () => {
    await replaceRules(lan, signal);
    await setSysctlsIn(names.ndmz, Object.entries(forwarding), signal);
    return { table: names.nftTable };
  });

/** The rules of ndmz are these, under its lock. */
export async function replaceRules(lan: LanAccess, signal: AbortSignal): Promise<void> {
  checkHeld(locks.ndmz);
  const rules = await rulesFor(lan);
  if (await areRulesInPlace(rules, signal)) return;
  const table = await applyAndReadTable({ namespace: names.ndmz, signal }, rules, names.nftTable);
  if (!isNatInPlace(lan, table))
    throw new BootError("not-verified", "the NAT rules in ndmz are not those that were applied");
  await keepRules("rules.json", rules, table.text);
}

/** The rules of ndmz, for as many connections as the kernel keeps track of; before it keeps any it does not say. */
export async function rulesFor(lan: LanAccess): Promise<string> {
  const most = await readText("/proc/sys/net/netfilter/nf_conntrack_max");
  return most === null ? natRules(lan) : natRules(lan, Number(most));
}

/** Whether the rules of ndmz are those that were set, and these. */
export function areRulesInPlace(rules: string, signal: AbortSignal): Promise<boolean> {
  return isAsKept("rules.json", rules, async () => (await readTable(names.ndmz, names.nftTable, signal))?.text ?? null);
}
