import { exists } from "../src/os/files.ts";
import { readInterfaces } from "../src/os/interfaces.ts";
import { namespacesDir } from "../src/os/ip.ts";
import { follow, type KernelObject, monitorKernel } from "../src/os/monitor.ts";
import { names } from "../src/policy/names.ts";
import type { Watches } from "../src/ports.ts";

const objects: KernelObject[] = ["link", "address"];

/**
 * Emits the interfaces that a registrar knows the node by: at once, and again whenever the kernel reports a change that makes a
 * difference to them. Listens anew when ndmz comes or goes.
 *
 * @throws BootError when they cannot be read or the kernel is no longer heard
 */
export const watchInterfaces: Watches["watchInterfaces"] = async ({ nicKinds }, { signal, emit }) => {
  while (!signal.aborted) {
    const over = new AbortController();
    const hadNdmz = await hasNdmz();
    const monitor = await monitorKernel(
      [{ namespace: null, objects }, ...(hadNdmz ? [{ namespace: names.ndmz, objects }] : [])],
      { files: [{ directory: namespacesDir, file: names.ndmz }] },
    );
    const read = async () => {
      if ((await hasNdmz()) !== hadNdmz) over.abort();
      return { interfaces: await readInterfaces(nicKinds, signal) };
    };
    await follow(monitor, read, { signal: AbortSignal.any([signal, over.signal]), emit }).catch((error: unknown) => {
      if (signal.aborted || !over.signal.aborted) throw error;
    });
  }
};

function hasNdmz(): Promise<boolean> {
  return exists(`${namespacesDir}/${names.ndmz}`);
}
