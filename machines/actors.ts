import { fromEventObservable, fromPromise, type EventObject } from "xstate";
import type { Effects, Watches } from "../src/ports.ts";
import { BootError } from "../src/errors.ts";

/** What an effect gives. */
export type FactsOf<Name extends keyof Effects> = Awaited<ReturnType<Effects[Name]>>;

/** What a watch tells. */
export type TidingsOf<Name extends keyof Watches> = Parameters<Parameters<Watches[Name]>[1]["emit"]>[0];

/** Stands for an effect, of which a machine knows only name and type; whoever runs the machine provides the real one. */
export function effect<Name extends keyof Effects>(name: Name) {
  const logic = fromPromise<FactsOf<Name>, Parameters<Effects[Name]>[0]>(() => Promise.reject(notProvided(name)));
  return Object.assign(logic, { effect: name }) as typeof logic;
}

/** Stands for a watch, as `effect` does for an effect; what it tells comes as events. */
export function watch<Name extends keyof Watches, Event extends EventObject>(
  name: Name,
  toEvent: (tidings: TidingsOf<Name>) => Event,
) {
  const logic = fromEventObservable<Event, Parameters<Watches[Name]>[0]>(() => {
    throw notProvided(name);
  });
  return Object.assign(logic, { watch: name, toEvent }) as typeof logic;
}

function notProvided(name: string): BootError {
  return new BootError("unsupported", `the machine runs without its effect ${name}`);
}
