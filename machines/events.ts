import type { DoneActorEvent, ErrorActorEvent, EventObject } from "xstate";
import type { Settings, SightedNic } from "../src/contract.ts";
import { messageOf } from "../src/errors.ts";

/** The node's NICs, as `watchNics` tells of them. */
export type NicsObserved = { type: "nics.observed"; nics: SightedNic[] };

/** The configuration was read anew, and is another one; whether another program is to get leases is no matter of settings. */
export type SettingsChanged = { type: "settings.changed"; settings: Settings; hasOtherClient: boolean };

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
 * The settings from now on.
 *
 * @throws Error for any other event
 */
export function settingsIn(event: EventObject): Settings {
  if (event.type !== "settings.changed") throw new Error(`${event.type} brings no settings`);
  return (event as SettingsChanged).settings;
}
