import type { Effects } from "../src/ports.ts";
import { definitionOf } from "../src/os/lease-clients.ts";
import { isLocked, readDefinition } from "../src/os/service-lock.ts";

/** Whether the client of an earlier run goes on, with this very definition: one that may be left alone. */
export const findLeaseClient: Effects["findLeaseClient"] = async (client) => ({
  isRunning: (await readDefinition(client.service)) === definitionOf(client) && (await isLocked(client.service)),
});
