import type { DoneActorEvent, ErrorActorEvent, EventObject } from "xstate";
import type { AddressFacts, Settings, SightedNic } from "../src/contract.ts";
import { messageOf } from "../src/errors.ts";

/** The node's NICs, as `watchNics` tells of them. */
export type NicsObserved = { type: "nics.observed"; nics: SightedNic[] };

/** The configuration was read anew, and is another one; whether another program is to get leases is no matter of settings. */
export type SettingsChanged = { type: "settings.changed"; settings: Settings; hasOtherClient: boolean };

/** What the uplink misses, null when it is in its place, and what `zos` has, as `watchUplink` tells. */
export type UplinkObserved = { type: "uplink.observed"; missing: string | null; zos: AddressFacts };

/** The event by which a machine hears of the uplink. */
export function uplinkObserved(seen: Omit<UplinkObserved, "type">): UplinkObserved {
  return { type: "uplink.observed", ...seen };
}

/** The event by which a machine hears of NICs. */
export function nicsObserved({ nics }: { nics: SightedNic[] }): NicsObserved {
  return { type: "nics.observed", nics };
}

/**
 * What an effect or a child came to. Actions and guards read it themselves, from an event of XState's own that a machine
 * does not declare.
 *
 * @throws Error for an event that tells of nothing that is done
 */
export function outputIn(event: EventObject): unknown {
  if (!event.type.startsWith("xstate.done.actor.")) throw new Error(`${event.type} brings no output`);
  return (event as DoneActorEvent).output;
}

/**
 * Why an effect or a child failed, in words.
 *
 * @throws Error for an event that tells of no failure
 */
export function failureIn(event: EventObject): string {
  if (!event.type.startsWith("xstate.error.actor.")) throw new Error(`${event.type} brings no error`);
  return messageOf((event as ErrorActorEvent).error);
}

/**
 * The NICs that were observed.
 *
 * @throws Error for any other event
 */
export function nicsIn(event: EventObject): SightedNic[] {
  if (event.type !== "nics.observed") throw new Error(`${event.type} brings no NICs`);
  return (event as NicsObserved).nics;
}

/**
 * What the uplink still misses; null when it is in its place.
 *
 * @throws Error for any other event than one that tells of the uplink
 */
export function missingIn(event: EventObject): string | null {
  return uplinkIn(event).missing;
}

/**
 * The addresses and default routes of `zos`.
 *
 * @throws Error for any other event than one that tells of the uplink
 */
export function zosIn(event: EventObject): AddressFacts {
  return uplinkIn(event).zos;
}

function uplinkIn(event: EventObject): UplinkObserved {
  if (event.type !== "uplink.observed") throw new Error(`${event.type} tells nothing of the uplink`);
  return event as UplinkObserved;
}

/**
 * The settings from now on.
 *
 * @throws Error for any other event
 */
export function settingsIn(event: EventObject): Settings {
  if (event.type !== "settings.changed") throw new Error(`${event.type} brings no settings`);
  return (event as SettingsChanged).settings;
}
