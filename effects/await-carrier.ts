import type { Effects } from "../src/contract.ts";
import { BootError } from "../src/errors.ts";
import { ip, readLink } from "../src/os/ip.ts";
import { monitorKernel, waitFor } from "../src/os/monitor.ts";
import { rememberNic } from "../src/os/original.ts";
import { exclusively } from "../src/os/queue.ts";
import { setSysctls } from "../src/os/sysctl.ts";
import { ipv6Off } from "../src/policy/sysctls.ts";

/**
 * Switches a NIC on, without IPv6 on the NIC itself, and waits until its link is up (LOWER_UP, netdevice(7)).
 *
 * @throws BootError `link-gone` when the NIC vanishes, `aborted`
 */
export const awaitCarrier: Effects["awaitCarrier"] = ({ nic }, { signal }) =>
  exclusively(`nic:${nic}`, signal, async () => {
    const place = { namespace: null, signal };
    const monitor = await monitorKernel(place, ["link"]);
    try {
      await rememberNic(nic, signal);
      await setSysctls(ipv6Off(nic));
      await ip(place, "link", "set", "dev", nic, "up");
      return await waitFor(monitor, signal, async () => {
        const link = await readLink(place, nic);
        if (link === null) throw new BootError("link-gone", `${nic} vanished`);
        return link.flags.includes("LOWER_UP") ? { carrierAtMs: performance.now() } : null;
      });
    } finally {
      await monitor.end();
    }
  });
