import { join } from "node:path";
import * as v from "valibot";
import { BootError } from "../errors.ts";
import { names } from "../policy/names.ts";
import { readText, writeAtomically } from "./files.ts";
import { commandIn, parseJson } from "./ip.ts";
import { runInTurn, tiedToShell } from "./run.ts";

const rulesetSchema = v.object({
  nftables: v.array(
    v.looseObject({
      chain: v.optional(v.looseObject({ name: v.string(), policy: v.optional(v.string()) })),
      rule: v.optional(v.looseObject({ chain: v.string() })),
    }),
  ),
});

/** An inet table as the kernel has it. */
export interface TableFacts {
  /** The policy of each base chain. */
  policies: Record<string, string>;
  /** The number of rules of each chain. */
  ruleCounts: Record<string, number>;
  /** All of it but handles and counters, for comparing. */
  text: string;
}

/** Replaces rulesets inside a namespace in one transaction: all of the text takes effect, or nothing (nft(8)). */
export async function applyRules(namespace: string | null, text: string, signal: AbortSignal): Promise<void> {
  await runInTurn(commandIn(namespace, "nft", "-f", "-"), { input: text, signal });
}

/** The same, and reads back an inet table, by one process. */
export async function applyAndReadTable(
  { namespace, signal }: { namespace: string; signal: AbortSignal },
  text: string,
  table: string,
): Promise<TableFacts> {
  const script = `${tiedToShell} nft -f - && exec nft -j -t list table inet "$1"`;
  const argv = commandIn(namespace, "sh", "-c", script, "sh", table);
  return tableIn((await runInTurn(argv, { input: text, signal })).stdout, argv.join(" "));
}

/** Reads an inet table inside a namespace, without what its named sets have noted; null when there is none. */
export async function readTable(namespace: string, table: string, signal: AbortSignal): Promise<TableFacts | null> {
  const argv = commandIn(namespace, "nft", "-j", "-t", "list", "table", "inet", table);
  const stdout = await printedBy(argv, signal);
  return stdout === null ? null : tableIn(stdout, argv.join(" "));
}

/**
 * What nft(8) prints of a table as JSON.
 *
 * @throws BootError `bad-output`
 */
export function tableIn(stdout: string, command: string): TableFacts {
  const { nftables } = parseJson(rulesetSchema, stdout, command);
  const facts: TableFacts = { policies: {}, ruleCounts: {}, text: lastingText(stdout) };
  for (const { chain, rule } of nftables) {
    if (chain?.policy !== undefined) facts.policies[chain.name] = chain.policy;
    if (rule !== undefined) facts.ruleCounts[rule.chain] = (facts.ruleCounts[rule.chain] ?? 0) + 1;
  }
  return facts;
}

/** What changes though nobody changes the rules. */
function lastingText(json: string): string {
  return JSON.stringify(JSON.parse(json), (key: string, value: unknown) =>
    ["metainfo", "handle", "packets", "bytes"].includes(key) ? undefined : value,
  );
}

/** Each by a command of its own: of several in one, nft 1.0.6 finds those of the last one's family alone. */
const listBoth = 'nft -s list table bridge "$1" && exec nft -s list table inet "$1"';

/** The node's tables of this name, bridge and inet, with their sets, to the letter but for what is counted; null without one of them. */
export function readBothTables(table: string, signal: AbortSignal): Promise<string | null> {
  return printedBy(["sh", "-c", listBoth, "sh", table], signal);
}

/** Replaces rulesets of the node as applyRules does, and reads back what readBothTables does, by one process. */
export async function applyAndReadBothTables(text: string, table: string, signal: AbortSignal): Promise<string> {
  const argv = ["sh", "-c", `${tiedToShell} nft -f - && ${listBoth}`, "sh", table];
  return (await runInTurn(argv, { input: text, signal })).stdout;
}

const countersSchema = v.object({
  nftables: v.array(v.looseObject({ counter: v.optional(v.looseObject({ name: v.string(), packets: v.number() })) })),
});

/** The packets that named counters of a table have counted, in a namespace or on the node; empty when there is none. */
export async function readCounters(
  { namespace, signal }: { namespace: string | null; signal: AbortSignal },
  family: "bridge" | "inet",
  table: string,
): Promise<Record<string, number>> {
  const argv = commandIn(namespace, "nft", "-j", "list", "counters", "table", family, table);
  const stdout = await printedBy(argv, signal);
  if (stdout === null) return {};
  return countersIn(stdout, argv.join(" "));
}

/**
 * What nft(8) prints of counters as JSON: their packets by their names.
 *
 * @throws BootError `bad-output`
 */
export function countersIn(stdout: string, command: string): Record<string, number> {
  const { nftables } = parseJson(countersSchema, stdout, command);
  return Object.fromEntries(nftables.flatMap(({ counter }) => (counter ? [[counter.name, counter.packets]] : [])));
}

/** What nft(8) prints of a table; null when there is none. */
async function printedBy(argv: string[], signal: AbortSignal): Promise<string | null> {
  try {
    return (await runInTurn(argv, { signal })).stdout;
  } catch (error) {
    if (error instanceof BootError && /No such file or directory/.test(error.stderr ?? "")) return null;
    throw error;
  }
}

/** The files by which rules are known again: of ndmz, and of the ports of resources. */
export type Kept = "rules.json" | "port-rules.json";
const keptSchema = v.object({ rules: v.string(), text: v.string() });

/** Keeps how the kernel tells of rules that it has just been given: tools of other versions word the same otherwise. */
export async function keepRules(kept: Kept, rules: string, text: string): Promise<void> {
  const content = { rules, text } satisfies v.InferOutput<typeof keptSchema>;
  await writeAtomically(join(names.runDir, kept), JSON.stringify(content));
}

/** Rules that were given to the kernel last, and how it told of them; null when none were. */
export async function readKept(kept: Kept): Promise<v.InferOutput<typeof keptSchema> | null> {
  const path = join(names.runDir, kept);
  const text = await readText(path);
  return text === null ? null : parseJson(keptSchema, text, path);
}

/**
 * Whether the kernel tells, to the letter, what it told when it was given these rules; before it was given any it is not asked.
 *
 * @param told reads what it tells now
 */
export async function isAsKept(kept: Kept, rules: string, told: () => Promise<string | null>): Promise<boolean> {
  const found = await readKept(kept);
  return found?.rules === rules && found.text === (await told());
}
