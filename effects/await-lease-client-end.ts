import type { Effects } from "../src/ports.ts";
import { awaitUnlocked } from "../src/os/service-lock.ts";

/**
 * Resolves when a client that is no child of this process has ended.
 *
 * @throws BootError `aborted`, `command-failed`
 */
export const awaitLeaseClientEnd: Effects["awaitLeaseClientEnd"] = async ({ service }, { signal }) => {
  await awaitUnlocked(service, signal);
  return { service };
};
