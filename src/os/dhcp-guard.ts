import * as v from "valibot";
import { BootError } from "../errors.ts";
import { guardRules, guardTable, shunRules, unguardRules } from "../policy/dhcp-guard.ts";
import { readText } from "./files.ts";
import { parseJson } from "./ip.ts";
import { runInTurn } from "./run.ts";

/**
 * Keeps from DHCP clients behind a NIC what was not meant for them; what an earlier guard has learnt is forgotten. Stays when
 * the program ends. Without it, as on a kernel without netdev tables, clients believe what they do by themselves.
 *
 * @throws BootError `aborted`, `tool-missing`
 */
export async function guardDhcp(nic: string, signal: AbortSignal): Promise<void> {
  const mac = (await readText(`/sys/class/net/${nic}/address`))?.trim() ?? "";
  if (/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(mac)) await apply(guardRules(nic, mac), signal);
}

/** Nothing stands between these NICs and DHCP clients any more. */
export async function unguardDhcp(nics: readonly string[], signal: AbortSignal): Promise<void> {
  if (nics.length > 0) await apply(nics.map(unguardRules).join(""), signal);
}

const setSchema = v.object({
  nftables: v.array(v.looseObject({ set: v.optional(v.looseObject({ elem: v.optional(v.array(v.string())) })) })),
});

/** The servers that have answered a NIC's own requests since it is guarded; none on a kernel without netdev tables. */
export function readOffering(nic: string, signal: AbortSignal): Promise<string[]> {
  return readSet(nic, "offering", signal);
}

/** The servers that are not heard behind a NIC. */
export function readShunned(nic: string, signal: AbortSignal): Promise<string[]> {
  return readSet(nic, "shunned", signal);
}

async function readSet(nic: string, set: "offering" | "shunned", signal: AbortSignal): Promise<string[]> {
  const argv = ["nft", "-j", "list", "set", "netdev", guardTable(nic), set];
  const output = await runInTurn(argv, { signal }).catch(tolerate);
  if (output === undefined) return [];
  return parseJson(setSchema, output.stdout, argv.join(" ")).nftables.flatMap((each) => each.set?.elem ?? []);
}

/** These servers are not heard any more behind a NIC, and no others. */
export async function shunOnly(nic: string, servers: readonly string[], signal: AbortSignal): Promise<void> {
  await apply(shunRules(nic, servers), signal);
}

async function apply(input: string, signal: AbortSignal): Promise<void> {
  await runInTurn(["nft", "-f", "-"], { input, signal }).catch(tolerate);
}

function tolerate(error: unknown): undefined {
  if (error instanceof BootError && ["aborted", "tool-missing"].includes(error.code)) throw error;
}
