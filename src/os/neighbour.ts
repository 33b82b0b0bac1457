import { ip, ipBatch, type Place } from "./ip.ts";
import { monitorKernel, waitFor } from "./monitor.ts";
import { readNeighbour } from "./neighbour-entry.ts";

/** A neighbour on a link of a place. */
export interface Neighbour {
  link: string;
  address: string;
}

/**
 * Whether any of these neighbours answers ARP or neighbour discovery; 3 s when none does.
 *
 * @throws BootError `namespace-gone`, `link-gone`, `aborted`
 */
export async function answersAny(place: Place, neighbours: readonly Neighbour[]): Promise<boolean> {
  const found = await Promise.all(neighbours.map((neighbour) => answers(place, neighbour)));
  return found.includes(true);
}

/** States in which the kernel knows a neighbour's address, but not whether it is still there (ip-neighbour(8)). */
const unconfirmed = ["STALE", "DELAY"];
/** States in which the kernel itself waits for an answer. */
const asking = [...unconfirmed, "PROBE", "INCOMPLETE", "NONE"];

/**
 * Lets the kernel ask for the neighbour (`use`, ip-neighbour(8)), from now on again and again, and waits for its verdict. One
 * that is known from what it sent, such as a router advertisement, is asked at once too: a switch may drop what goes to it.
 */
async function answers(place: Place, neighbour: Neighbour): Promise<boolean> {
  const { address, link } = neighbour;
  const monitor = await monitorKernel([{ namespace: place.namespace, objects: ["neigh"] }]);
  try {
    await ip(place, "neigh", "replace", address, "dev", link, "use", "managed");
    const state = await readNeighbour(place, neighbour);
    if (state !== null && unconfirmed.includes(state)) await askAtOnce(place, neighbour);
    return await waitFor(monitor, place.signal, async () => {
      const verdict = await readNeighbour(place, neighbour);
      return verdict === null || asking.includes(verdict) ? null : verdict !== "FAILED";
    });
  } finally {
    await monitor.end();
  }
}

/** Else the kernel would wait for 5 s whether something confirms the address (`delay_first_probe_time`, arp(7)). */
function askAtOnce(place: Place, { address, link }: Neighbour): Promise<void> {
  const neighbour = `${address} dev ${link}`;
  return ipBatch(place, [`neigh change ${neighbour} nud probe`, `neigh replace ${neighbour} managed`]);
}

/**
 * Has the kernel ask neighbours again and again, every few seconds (`managed`, ip-neighbour(8)), so that it tells of one that
 * falls silent though nobody sends anything to it.
 *
 * @throws BootError `link-gone`, `namespace-gone`; kernels before 5.16 refuse
 */
export function keepAsking(place: Place, neighbours: readonly Neighbour[]): Promise<void> {
  return ipBatch(
    place,
    neighbours.map(({ address, link }) => `neigh replace ${address} dev ${link} managed`),
  );
}
