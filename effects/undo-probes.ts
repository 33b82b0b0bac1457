import type { Effect } from "../src/ports.ts";
import { removeIfEmpty } from "../src/os/files.ts";
import { rememberedNics, restoreNics, sharedDirectories } from "../src/os/nic-backup.ts";
import { names } from "../src/policy/names.ts";
import { giveBackProbes } from "./give-back-probes.ts";
import { releaseNic } from "./release-nic.ts";

/**
 * Leaves NICs as they were before they were probed, by this run or by one that was killed, for a report that must not last.
 * Waits its turn behind what is still done to them. Tells what could not be put back.
 */
export const undoProbes: Effect<{ nics: string[] }, { failures: string[] }> = async ({ nics }, { signal }) => {
  await Promise.all(nics.map((nic) => releaseNic({ nic, becomes: "ready" }, { signal })));
  await giveBackProbes({}, { signal });
  const failures = await restoreNics(await rememberedNics(), signal);
  await removeIfEmpty(`${names.runDir}/original`, `${names.runDir}/dhcp`, names.runDir, ...sharedDirectories);
  return { failures };
};
