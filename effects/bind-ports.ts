import { BootError } from "../src/errors.ts";
import { applyRules, isAsKept, type Kept, keepRules, readKept, readTableText } from "../src/os/nft.ts";
import { checkHeld, exclusively, locks } from "../src/os/locks.ts";
import { names } from "../src/policy/names.ts";
import { isBoundBy, portRules, unboundRules } from "../src/policy/port-rules.ts";

const kept: Kept = "port-rules.json";

/**
 * These ports of `br-ndmz` carry what is their resources' own, other ports of resources nothing, and the node takes no part in
 * what goes on there and on `br-pub`; under ndmz's lock.
 *
 * @throws BootError `command-failed` on a kernel without bridge tables of nftables, `not-verified`
 */
export async function bindPorts(ports: readonly string[], signal: AbortSignal): Promise<void> {
  checkHeld(locks.ndmz);
  const rules = portRules(ports);
  if (await isAsKept(kept, rules, () => readTables(signal))) return;
  await applyRules(null, rules, signal);
  const text = await readTables(signal);
  if (text === null)
    throw new BootError("not-verified", "the rules of resources' ports are not those that were applied");
  await keepRules(kept, rules, text);
}

/** Ports are bound no more, under ndmz's lock; where they never were, nothing is changed. */
export async function unbindPorts(signal: AbortSignal): Promise<void> {
  checkHeld(locks.ndmz);
  await applyRules(null, unboundRules, signal);
}

/** Whether the rules are those that were set, and these ports among those that they bind; who is about to change them is waited for. */
export async function arePortsBound(ports: readonly string[], signal: AbortSignal): Promise<boolean> {
  const areBound = async () => {
    const [found, text] = await Promise.all([readKept(kept), readTables(signal)]);
    return found?.text === text && ports.every((port) => isBoundBy(found.rules, port));
  };
  return (await areBound()) || exclusively(locks.ndmz, signal, areBound);
}

/** Each by a command of its own: of several in one, nft 1.0.6 finds those of the last one's family alone. */
async function readTables(signal: AbortSignal): Promise<string | null> {
  const families = ["bridge", "inet"] as const;
  const texts = await Promise.all(families.map((family) => readTableText(family, names.nftTable, signal)));
  return texts.includes(null) ? null : texts.join("");
}
