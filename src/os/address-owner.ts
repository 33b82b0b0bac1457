import { isHostIpv4 } from "../policy/addresses.ts";
import { askedRules, askingRules } from "../policy/address-question.ts";
import { BootError } from "../errors.ts";
import { ip, type Place } from "./ip.ts";
import { monitorKernel, waitFor } from "./monitor.ts";
import type { Neighbour } from "./neighbour.ts";
import { readNeighbourEntry } from "./neighbour-entry.ts";
import { applyRules } from "./nft.ts";

/** Hosts on a link answer ARP within a few ms; one that sleeps (Wi-Fi) may be missed, but no boot waits the seconds of RFC 5227. */
const patienceMs = 50;

/**
 * The MAC address of the host that has an address on a link, though the link itself may have it too: address conflict detection
 * by ARP probes of the kernel (RFC 5227 section 2.1). Null after 50 ms without an answer.
 *
 * @throws BootError `namespace-gone`, `link-gone`, `aborted`; kernels before 5.16 and those without netdev tables refuse
 */
export async function ownerOf(place: Place & { namespace: string }, asked: Neighbour): Promise<string | null> {
  const { link, address } = asked;
  if (!isHostIpv4(address)) throw new BootError("bad-input", `${JSON.stringify(address)} is no host's IPv4 address`);
  await applyRules(place.namespace, askingRules(link, address), place.signal);
  const monitor = await monitorKernel([{ namespace: place.namespace, objects: ["neigh"] }]);
  try {
    await ip(place, "neigh", "replace", address, "dev", link, "use");
    const late = AbortSignal.timeout(patienceMs);
    const owner = await waitFor(monitor, AbortSignal.any([place.signal, late]), async () => {
      const found = await readNeighbourEntry(place, asked);
      return found?.state?.[0] === "REACHABLE" ? (found.lladdr ?? null) : null;
    }).catch((error: unknown) => {
      if (place.signal.aborted || !late.aborted) throw error;
      return null;
    });
    await ip(place, "neigh", "del", address, "dev", link).catch(() => undefined); // Else it would be asked for again.
    await applyRules(place.namespace, askedRules, place.signal);
    return owner;
  } finally {
    await monitor.end();
  }
}
