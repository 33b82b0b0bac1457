import { readGridKey } from "../src/os/grid-key.ts";
import { createAccount, findAccount } from "../src/os/registrar.ts";
import { refusalIn } from "../src/os/registrar-http.ts";
import { clockOffset } from "../src/policy/grid.ts";
import type { Effects } from "../src/ports.ts";

/**
 * Finds the account of the node's key at a registrar, or makes it. A registrar by whose clock the node's is wrong makes none, but
 * tells its time, by which it is asked the next time.
 *
 * @throws BootError as readGridKey and askRegistrar; `refused`
 */
export const ensureAccount: Effects["ensureAccount"] = async ({ grid, registrar, clockOffsetMs }, { signal }) => {
  const key = readGridKey(grid.gridKey);
  const at = { registrar, caFile: grid.caFile, signal };
  const before = await findAccount(at, key);
  const offsetMs = clockOffsetMs ?? before.clockOffsetMs;
  if (before.twinId !== null) return { twinId: before.twinId, clockOffsetMs: offsetMs };
  const made = await createAccount(at, key, offsetMs);
  if (made.serverSeconds !== null) return { twinId: null, clockOffsetMs: clockOffset(made.serverSeconds, Date.now()) };
  if (made.twinId !== null) return { twinId: made.twinId, clockOffsetMs: offsetMs };
  const { twinId } = await findAccount(at, key); // Another may have made it meanwhile, or this one's answer was lost.
  if (twinId === null) throw refusalIn(at, "make an account", made.answer);
  return { twinId, clockOffsetMs: offsetMs };
};
