import type { Nic, SightedNic } from "../src/contract.ts";
import type { Watches } from "../src/ports.ts";
import { readdir } from "../src/os/sync-fs.ts";
import { follow, monitorKernel } from "../src/os/monitor.ts";
import { readNicState } from "../src/os/nic-state.ts";
import { settleUdev } from "../src/os/udev.ts";
import { isOurLink } from "../src/policy/names.ts";
import { listNics } from "./list-nics.ts";

/**
 * Emits the NICs of the node, and which of them have carrier: at once, and again whenever that changes. A NIC that appears is
 * told of when udev has done with it. Costs no process but when a link appears that was not just listed.
 *
 * @throws BootError when they cannot be read or the kernel is no longer heard
 */
export const watchNics: Watches["watchNics"] = async ({ kinds, listed }, control) => {
  const monitor = await monitorKernel([{ namespace: null, objects: ["link"] }]);
  let nics: Nic[] = listed?.nics ?? [];
  let present = new Set([...nics, ...(listed?.otherLinks ?? [])].map(({ name }) => name));
  const read = async () => {
    const before = present;
    present = new Set(await readNames());
    if ([...present].some((name) => !before.has(name))) {
      await settleUdev(control.signal);
      ({ nics } = await listNics({ kinds }, control));
      present = new Set(await readNames());
    }
    return { nics: await sight(nics) };
  };
  await follow(monitor, read, control);
};

/** Those that listNics tells of, as far as a name says. */
async function readNames(): Promise<string[]> {
  return (await readdir("/sys/class/net")).filter((name) => name !== "lo" && !isOurLink(name));
}

async function sight(nics: Nic[]): Promise<SightedNic[]> {
  const seen = nics.map(async (nic) => {
    const state = await readNicState(nic.name);
    return state === null ? [] : [{ ...nic, hasCarrier: state.hasCarrier }];
  });
  return (await Promise.all(seen)).flat();
}
