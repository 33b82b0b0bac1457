import { setTimeout as delay } from "node:timers/promises";
import { BootError } from "../errors.ts";

/** zinit tells nobody of changes: it is asked this often, and only for as long as a process takes to end. */
const askAgainMs = 20;
/** Longer than a client is given to end. */
const downMs = 10_000;

/**
 * Resolves when zinit says that a service is down, which follows the end of its process at once.
 *
 * @throws BootError `timeout` after 10 s, and what asking throws
 */
export async function untilDown(service: string, isDown: () => Promise<boolean>): Promise<void> {
  const giveUpAt = performance.now() + downMs;
  while (!(await isDown())) {
    if (performance.now() > giveUpAt) throw new BootError("timeout", `zinit does not get ${service} down`);
    await delay(askAgainMs);
  }
}
