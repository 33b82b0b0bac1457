import { ip, ipBatch, type Place, readNeighbour } from "./ip.ts";
import { monitorKernel, waitFor } from "./monitor.ts";

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

/** Lets the kernel ask for the neighbour (`use`, ip-neighbour(8)), from now on again and again, and waits for its verdict. */
async function answers(place: Place, neighbour: Neighbour): Promise<boolean> {
  const monitor = await monitorKernel([{ namespace: place.namespace, objects: ["neigh"] }]);
  try {
    await ip(place, "neigh", "replace", neighbour.address, "dev", neighbour.link, "use", "managed");
    return await waitFor(monitor, place.signal, async () => {
      const state = await readNeighbour(place, neighbour);
      if (state === null || state === "INCOMPLETE" || state === "NONE") return null;
      return state !== "FAILED";
    });
  } finally {
    await monitor.end();
  }
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
