import type { Effects } from "../src/ports.ts";
import { BootError } from "../src/errors.ts";
import { changeTogether } from "../src/os/coalesced-ip.ts";
import { monitorKernel, waitFor } from "../src/os/monitor.ts";
import { readNicState } from "../src/os/nic-state.ts";
import { takeNic } from "../src/os/nic-backup.ts";
import { exclusively, locks } from "../src/os/locks.ts";

/**
 * Switches a NIC on, without addresses and IPv6 on the NIC itself, and waits until it has carrier.
 *
 * @throws BootError `link-gone` when the NIC vanishes, `aborted`
 */
export const awaitCarrier: Effects["awaitCarrier"] = ({ nic }, { signal }) =>
  exclusively(locks.nic(nic), signal, async () => {
    const look = async () => {
      const state = await readNicState(nic);
      if (state === null) throw new BootError("link-gone", `${nic} vanished`);
      return state.hasCarrier ? { carrierAtMs: performance.now() } : null;
    };
    await takeNic(nic, signal);
    await changeTogether([`link set dev ${nic} up`], signal);
    const found = await look();
    if (found !== null) return found;
    const monitor = await monitorKernel([{ namespace: null, objects: ["link"] }]);
    try {
      return await waitFor(monitor, signal, look);
    } finally {
      await monitor.end();
    }
  });
