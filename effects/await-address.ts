import type { Effects } from "../src/ports.ts";
import { lastEvent, watchedEvents } from "../src/os/dhcp-client.ts";
import { readAddresses } from "../src/os/ip.ts";
import { monitorKernel, waitFor } from "../src/os/monitor.ts";
import { awaitAutoconfiguration } from "../src/os/solicit.ts";
import { leaseOf } from "../src/policy/lease.ts";
import { hasIpv6, isInPlace } from "../src/policy/losses.ts";
import { names } from "../src/policy/names.ts";

/**
 * Waits until zos has an address and default route of the family: those of the lease that its DHCP client tells of, or
 * what routers advertised.
 *
 * @throws BootError `aborted`
 */
export const awaitAddress: Effects["awaitAddress"] = async ({ family }, { signal }) => {
  const place = { namespace: null, signal };
  if (family === "v6") {
    const { facts, dnsServers } = await awaitAutoconfiguration(place, names.bridge, {
      isEnough: hasIpv6,
      isUrgent: true,
    });
    return { zos: facts, advertisedDns: dnsServers };
  }
  const monitor = await monitorKernel([{ namespace: null, objects: ["address", "route"] }], {
    files: [watchedEvents(names.uplinkClient)],
  });
  let isAsked = false;
  try {
    const zos = await waitFor(monitor, signal, async () => {
      const event = await lastEvent(names.uplinkClient);
      const lease = event && leaseOf(event);
      if (lease === null && isAsked) return null;
      // Being asked for the link, the kernel tells the client at once of carrier that it else reports up to 1 s later.
      isAsked = true;
      const found = await readAddresses(place, names.bridge);
      return lease !== null && isInPlace(lease, found) ? found : null;
    });
    return { zos, advertisedDns: [] };
  } finally {
    await monitor.end();
  }
};
