import type { ProbeFacts, SightedNic } from "../contract.ts";
import { isListed } from "./selection.ts";

/** Which NIC it was, and whether it had a cable. */
export type Sighting = Pick<SightedNic, "name" | "hasCarrier">;

/** What is kept of NICs that were looked at. */
export function sightingsOf(nics: readonly SightedNic[]): Sighting[] {
  return nics.map(({ name, hasCarrier }) => ({ name, hasCarrier }));
}

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

/** Whether any NIC has carrier that is not to be left alone. */
export function hasCarrierBeside(seen: readonly Sighting[] | null, ignored: readonly string[]): boolean {
  return (seen ?? []).some(({ name, hasCarrier }) => hasCarrier && !isListed(name, ignored));
}

/** The NICs that no probe knows yet, and that are not to be left alone. */
export function newcomersAmong<Seen extends { name: string }>(
  nics: readonly Seen[],
  probes: readonly Pick<ProbeFacts, "nic">[],
  ignored: readonly string[],
): Seen[] {
  return nics.filter(({ name }) => !probes.some(({ nic }) => nic === name) && !isListed(name, ignored));
}
