import * as v from "valibot";
import { ip, ipBatch, type Place, readBatch } from "./ip.ts";
import { monitorKernel, waitFor } from "./monitor.ts";

/** A neighbour on a link of a place. */
export interface Neighbour {
  link: string;
  address: string;
}

const neighbourSchema = v.array(
  v.looseObject({ dst: v.string(), lladdr: v.optional(v.string()), state: v.optional(v.array(v.string())) }),
);

/** The state of a neighbour, such as REACHABLE or FAILED (ip-neighbour(8)); null when the kernel knows none. */
export async function readNeighbour(place: Place, { link, address }: Neighbour): Promise<string | null> {
  return (await readNeighbourEntry(place, { link, address }))?.state?.[0] ?? null;
}

/** All that the kernel knows of a neighbour; null when that is nothing. */
export async function readNeighbourEntry(place: Place, { link, address }: Neighbour) {
  const [found] = await readBatch([neighbourSchema], place, [`neigh show to ${address} dev ${link}`]);
  return found[0] ?? null;
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
