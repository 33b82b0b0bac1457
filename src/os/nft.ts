import * as v from "valibot";
import { BootError } from "../errors.ts";
import { commandIn, parseJson } from "./ip.ts";
import { runInTurn } from "./run.ts";

const rulesetSchema = v.object({
  nftables: v.array(
    v.looseObject({
      chain: v.optional(v.looseObject({ name: v.string(), policy: v.optional(v.string()) })),
      rule: v.optional(v.looseObject({ chain: v.string() })),
    }),
  ),
});

export interface TableFacts {
  /** The policy of each base chain. */
  policies: Record<string, string>;
  /** The number of rules of each chain. */
  ruleCounts: Record<string, number>;
}

/** Replaces rulesets inside a namespace in one transaction: all of the text takes effect, or nothing (nft(8)). */
export async function applyRules(namespace: string, text: string, signal: AbortSignal): Promise<void> {
  await runInTurn(commandIn(namespace, "nft", "-f", "-"), { input: text, signal });
}

/** Reads an inet table inside a namespace; null when there is none. */
export async function readTable(namespace: string, table: string, signal: AbortSignal): Promise<TableFacts | null> {
  const argv = commandIn(namespace, "nft", "-j", "list", "table", "inet", table);
  let stdout: string;
  try {
    ({ stdout } = await runInTurn(argv, { signal }));
  } catch (error) {
    if (error instanceof BootError && /No such file or directory/.test(error.stderr ?? "")) return null;
    throw error;
  }
  const { nftables } = parseJson(rulesetSchema, stdout, argv.join(" "));
  const facts: TableFacts = { policies: {}, ruleCounts: {} };
  for (const { chain, rule } of nftables) {
    if (chain?.policy !== undefined) facts.policies[chain.name] = chain.policy;
    if (rule !== undefined) facts.ruleCounts[rule.chain] = (facts.ruleCounts[rule.chain] ?? 0) + 1;
  }
  return facts;
}
