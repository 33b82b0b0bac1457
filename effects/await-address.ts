import type { Effects } from "../src/contract.ts";
import { readAddresses } from "../src/os/ip.ts";
import { monitorKernel, waitFor } from "../src/os/monitor.ts";
import { awaitAutoconfiguration } from "../src/os/solicit.ts";
import { hasIpv4, hasIpv6 } from "../src/policy/losses.ts";
import { names } from "../src/policy/names.ts";

/**
 * Waits until zos has an address and default route of the family, by its DHCP client or by router advertisements.
 *
 * @throws BootError `aborted`
 */
export const awaitAddress: Effects["awaitAddress"] = async ({ family }, { signal }) => {
  const place = { namespace: null, signal };
  if (family === "v6") {
    const { dnsServers } = await awaitAutoconfiguration(place, names.bridge, hasIpv6);
    return { zos: await readAddresses(place, names.bridge), advertisedDns: dnsServers };
  }
  const monitor = await monitorKernel(place, ["address", "route"]);
  try {
    const zos = await waitFor(monitor, signal, async () => {
      const found = await readAddresses(place, names.bridge, ["v4"]);
      return hasIpv4(found) ? readAddresses(place, names.bridge) : null;
    });
    return { zos, advertisedDns: [] };
  } finally {
    await monitor.end();
  }
};
