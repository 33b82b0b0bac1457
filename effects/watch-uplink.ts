import type { Watches } from "../src/ports.ts";
import { readAddresses, readLinks } from "../src/os/ip.ts";
import { follow, monitorKernel } from "../src/os/monitor.ts";
import { isResourcePort, names } from "../src/policy/names.ts";
import { missingOf, type UplinkSighting } from "../src/policy/uplink-in-place.ts";

/**
 * Emits the addresses and default routes of `zos`, and what is missing before an uplink is in its place: at once, and again
 * whenever that changes. Changes nothing.
 *
 * @throws BootError when it cannot be read or the kernel is no longer heard
 */
export const watchUplink: Watches["watchUplink"] = async (_, control) => {
  const monitor = await monitorKernel([{ namespace: null, objects: ["link", "address", "route"] }]);
  const read = async () => {
    const seen = await look(control.signal);
    return { missing: missingOf(seen), zos: seen.zos };
  };
  await follow(monitor, read, control);
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
