import type { Effect } from "../src/contract.ts";
import { removeIfEmpty } from "../src/os/files.ts";
import { restoreNics, sharedDirectories } from "../src/os/original.ts";
import { names } from "../src/policy/names.ts";
import { giveBackProbes } from "./give-back-probes.ts";

/** Leaves NICs as they were before they were probed, for a report that must not last. */
export const undoProbes: Effect<{ nics: string[] }, Record<string, never>> = async ({ nics }, { signal }) => {
  await giveBackProbes({}, { signal });
  await restoreNics(nics, signal);
  await removeIfEmpty(`${names.runDir}/original`, `${names.runDir}/dhcp`, names.runDir, ...sharedDirectories);
  return {};
};
