import type { SightedNic } from "../contract.ts";
import { isListed } from "./selection.ts";

/** Which NIC it was, and whether it had a cable. */
export type Sighting = Pick<SightedNic, "name" | "hasCarrier">;

/**
 * The NICs on which there is something new to try: those that appeared, and those that got their carrier.
 *
 * @param before null when nothing was seen before: then nothing is new
 * @param ignored names of NICs that do not count; a trailing `*` stands for any ending
 */
export function arrivals(
  before: readonly Sighting[] | null,
  now: readonly Sighting[],
  ignored: readonly string[],
): string[] {
  if (before === null) return [];
  const isNew = ({ name, hasCarrier }: Sighting) => {
    const earlier = before.find((each) => each.name === name);
    return earlier === undefined || (hasCarrier && !earlier.hasCarrier);
  };
  return now.filter((nic) => isNew(nic) && !isListed(nic.name, ignored)).map(({ name }) => name);
}
