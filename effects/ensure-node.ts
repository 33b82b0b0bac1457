import { readGridKey } from "../src/os/grid-key.ts";
import { readHardware } from "../src/os/hardware.ts";
import { readInterfaces } from "../src/os/interfaces.ts";
import { createNode, findNode, hasFarm, type Twin, updateNode } from "../src/os/registrar.ts";
import { type RegistrarAt, refusalIn } from "../src/os/registrar-http.ts";
import { nodeBody } from "../src/policy/grid.ts";
import { BootError } from "../src/errors.ts";
import type { Effects } from "../src/ports.ts";

/**
 * Registers the node at a registrar, or tells it how the node is now, with all that the node says of itself.
 *
 * @throws BootError `bad-config` without a farm, or with one that does not exist; as readGridKey and askRegistrar; `refused`
 */
export const ensureNode: Effects["ensureNode"] = async ({ grid, registrar, twinId, clockOffsetMs }, { signal }) => {
  const { farmId } = grid;
  if (farmId === null) throw new BootError("bad-config", "the node's farm is not configured: set farmId");
  const at = { registrar, caFile: grid.caFile, signal };
  const twin = { key: readGridKey(grid.gridKey), twinId, clockOffsetMs };
  const [interfaces, hardware] = await Promise.all([readInterfaces(grid.nicKinds, signal), readHardware()]);
  const body = nodeBody(grid, twinId, { interfaces, hardware });
  const known = await findNode(at, twin);
  if (known?.farmId !== farmId && !(await hasFarm(at, twin, farmId)))
    throw new BootError("bad-config", `there is no farm ${farmId} at registrar ${registrar}`);
  if (known === null) return { nodeId: await register(at, twin, body), farmId, interfaces };
  await updateNode(at, twin, { nodeId: known.nodeId, body });
  return { nodeId: known.nodeId, farmId, interfaces };
};

async function register(at: RegistrarAt, twin: Twin, body: object): Promise<number> {
  const made = await createNode(at, twin, body);
  if (made.nodeId !== null) return made.nodeId;
  const known = await findNode(at, twin); // Another may have made it meanwhile, or this one's answer was lost.
  if (known === null) throw refusalIn(at, "register the node", made.answer);
  return known.nodeId;
}
