import * as v from "valibot";
import { type Place, readBatch } from "./ip.ts";

const neighbourSchema = v.array(
  v.looseObject({ dst: v.string(), lladdr: v.optional(v.string()), state: v.optional(v.array(v.string())) }),
);

/** The state of a neighbour, such as REACHABLE or FAILED (ip-neighbour(8)); null when the kernel knows none. */
export async function readNeighbour(
  place: Place,
  { link, address }: { link: string; address: string },
): Promise<string | null> {
  return (await readNeighbourEntry(place, { link, address }))?.state?.[0] ?? null;
}

/** All that the kernel knows of a neighbour; null when that is nothing. */
export async function readNeighbourEntry(place: Place, { link, address }: { link: string; address: string }) {
  const [found] = await readBatch([neighbourSchema], place, [`neigh show to ${address} dev ${link}`]);
  return found[0] ?? null;
}
