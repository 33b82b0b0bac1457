import type { AnyEventObject, AnyStateMachine } from "xstate";
import type { Outcome } from "./steps.ts";

/** A machine with everything that may happen to it in the model. */
export interface Subject {
  name: string;
  machine: AnyStateMachine;
  /** Inputs to start with, by a word that tells them apart. */
  inputs: Record<string, unknown>;
  /** By the children's `src`: values with which they may end; the first one is that of a healthy world. */
  outcomes: Record<string, Record<string, Outcome>>;
  /** By `src`: what children may tell of themselves before they end; the first is what they tell when they start. */
  reports: Record<string, Record<string, Outcome>>;
  /** Events from outside by type. */
  events: Record<string, AnyEventObject[]>;
  /** Children that never end by themselves but may fail. */
  watches: string[];
  /** Children that handle all that fails in them, and neither end nor fail. */
  steady?: string[];
  /** Children on which nothing else depends: that one of them has failed makes no other state of the model. */
  beside?: string[];
  /** States in which it waits for another machine to tell it something. */
  waits?: string[];
  /** What of the context a later guard, input or output reads; states that agree in it are one state of the model. */
  relevant(context: never, path: string): unknown;
}

/** Counters are compared by guards with a bound only: beyond it, all values are the same. */
export function capped(count: number, bound: number): number {
  return Math.min(count, bound);
}
