import {
  applyAndReadBothTables,
  applyRules,
  isAsKept,
  type Kept,
  keepRules,
  readBothTables,
  readKept,
} from "../src/os/nft.ts";
import { checkHeld, exclusively, locks } from "../src/os/locks.ts";
import { names } from "../src/policy/names.ts";
import { isBoundBy, portRules, unboundRules } from "../src/policy/port-rules.ts";

const kept: Kept = "port-rules.json";

/**
 * These ports of `br-ndmz` carry what is their resources' own, other ports of resources nothing, and the node takes no part in
 * what goes on there and on `br-pub`; under ndmz's lock.
 *
 * @throws BootError `command-failed` on a kernel without bridge tables of nftables, or when they are not there afterwards
 */
export async function bindPorts(ports: readonly string[], signal: AbortSignal): Promise<void> {
  checkHeld(locks.ndmz);
  const rules = portRules(ports);
  if (await isAsKept(kept, rules, () => readBothTables(names.nftTable, signal))) return;
  await keepRules(kept, rules, await applyAndReadBothTables(rules, names.nftTable, signal));
}

/** Ports are bound no more, under ndmz's lock; where they never were, nothing is changed. */
export async function unbindPorts(signal: AbortSignal): Promise<void> {
  checkHeld(locks.ndmz);
  await applyRules(null, unboundRules, signal);
}

/** Whether the rules are those that were set, and these ports among those that they bind; who is about to change them is waited for. */
export async function arePortsBound(ports: readonly string[], signal: AbortSignal): Promise<boolean> {
  const areBound = async () => {
    const [found, text] = await Promise.all([readKept(kept), readBothTables(names.nftTable, signal)]);
    return found?.text === text && ports.every((port) => isBoundBy(found.rules, port));
  };
  return (await areBound()) || exclusively(locks.ndmz, signal, areBound);
}
