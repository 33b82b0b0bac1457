import type { Watches } from "../src/contract.ts";
import { readAddresses, readLinks } from "../src/os/ip.ts";
import { monitorKernel, waitFor } from "../src/os/monitor.ts";
import { isResourcePort, names } from "../src/policy/names.ts";
import { missingOf, type UplinkSighting } from "../src/policy/uplink-in-place.ts";

/**
 * Emits what is missing before an uplink is in its place: at once, and again whenever that changes. Changes nothing.
 *
 * @throws BootError when it cannot be read or the kernel is no longer heard
 */
export const watchUplink: Watches["watchUplink"] = async (_, { signal, emit }) => {
  const monitor = await monitorKernel([{ namespace: null, objects: ["link", "address", "route"] }]);
  let last: string | null | undefined;
  try {
    await waitFor<never>(monitor, signal, async () => {
      const missing = missingOf(await look(signal));
      if (missing !== last) emit({ missing });
      last = missing;
      return null;
    });
  } finally {
    await monitor.end();
  }
};

async function look(signal: AbortSignal): Promise<UplinkSighting> {
  const node = { namespace: null, signal };
  const [links, zos] = await Promise.all([readLinks(node), readAddresses(node, names.bridge)]);
  const port = links.find(({ ifname, master }) => master === names.bridge && !isResourcePort(ifname));
  return {
    hasBridge: links.some(({ ifname }) => ifname === names.bridge),
    port: port === undefined ? null : { nic: port.ifname, hasCarrier: port.flags.includes("LOWER_UP") },
    zos,
  };
}
