import { BootError } from "../errors.ts";
import { guardRules, unguardRules } from "../policy/dhcp-guard.ts";
import { readText } from "./files.ts";
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

async function apply(input: string, signal: AbortSignal): Promise<void> {
  await runInTurn(["nft", "-f", "-"], { input, signal }).catch((error: unknown) => {
    if (error instanceof BootError && ["aborted", "tool-missing"].includes(error.code)) throw error;
  });
}
