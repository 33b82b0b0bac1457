import { fromEventObservable, fromPromise, type EventObject } from "xstate";
import type { Effects, Watches } from "../src/contract.ts";
import { BootError } from "../src/errors.ts";

/** What an effect gives. */
export type FactsOf<Name extends keyof Effects> = Awaited<ReturnType<Effects[Name]>>;

/** Stands for an effect, of which a machine knows only name and type; whoever runs the machine provides the real one. */
export function effect<Name extends keyof Effects>(name: Name) {
  return fromPromise<FactsOf<Name>, Parameters<Effects[Name]>[0]>(() => Promise.reject(notProvided(name)));
}

/** Stands for a watch, which sends its facts as events of the given type. */
export function watch<Name extends keyof Watches, Event extends EventObject>(name: Name) {
  return fromEventObservable<Event, Parameters<Watches[Name]>[0]>(() => {
    throw notProvided(name);
  });
}

function notProvided(name: string): BootError {
  return new BootError("unsupported", `the machine runs without its effect ${name}`);
}
