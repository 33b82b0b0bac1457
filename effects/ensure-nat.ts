import type { Effects } from "../src/ports.ts";
import { BootError } from "../src/errors.ts";
import { applyAndReadTable, isAsKept, keepRules, readTable } from "../src/os/nft.ts";
import { exclusively, locks } from "../src/os/locks.ts";
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
    const rules = natRules(lan);
    if (!(await areRulesInPlace(rules, signal))) {
      const table = await applyAndReadTable({ namespace: names.ndmz, signal }, rules, names.nftTable);
      if (!isNatInPlace(lan, table))
        throw new BootError("not-verified", "the NAT rules in ndmz are not those that were applied");
      await keepRules("rules.json", rules, table.text);
    }
    await setSysctlsIn(names.ndmz, Object.entries(forwarding), signal);
    return { table: names.nftTable };
  });

/** Whether the rules of ndmz are those that were set, and these. */
export function areRulesInPlace(rules: string, signal: AbortSignal): Promise<boolean> {
  return isAsKept("rules.json", rules, async () => (await readTable(names.ndmz, names.nftTable, signal))?.text ?? null);
}
