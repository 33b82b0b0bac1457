import { readGridKey } from "../src/os/grid-key.ts";
import { readUptimeSeconds } from "../src/os/hardware.ts";
import { postUptime } from "../src/os/registrar.ts";
import type { Effects } from "../src/ports.ts";

/**
 * Tells a registrar for how long the node has been up.
 *
 * @throws BootError as readGridKey and askRegistrar; `refused`
 */
export const reportUptime: Effects["reportUptime"] = async (
  { grid, registrar, twinId, nodeId, clockOffsetMs },
  { signal },
) => {
  const twin = { key: readGridKey(grid.gridKey), twinId, clockOffsetMs };
  const uptimeSeconds = readUptimeSeconds();
  await postUptime({ registrar, caFile: grid.caFile, signal }, twin, { nodeId, uptimeSeconds });
  return { uptimeSeconds };
};
