import type { ErrorActorEvent, EventObject } from "xstate";
import { BootError } from "../src/errors.ts";
import type { AsTwin, AtRegistrar } from "../src/ports.ts";
import type { Grid, GridInterface, GridPlace } from "../src/policy/grid.ts";
import { failureIn } from "./events.ts";

/** What enrolling begins with; there is at least one registrar. */
export interface EnrollInput {
  grid: Grid;
}

/** All that enrolling knows. */
export interface EnrollContext extends EnrollInput {
  /** Which of the registrars is asked. */
  turn: number;
  twinId: number | null;
  /** By how much the registrar's clock is ahead, in milliseconds; null while nobody has compared. */
  clockOffsetMs: number | null;
  /** Where the node is known; stays while reports fail. */
  place: GridPlace | null;
  /** The interfaces that the registrar knows. */
  reported: GridInterface[];
  /** Those that the kernel has; null when nobody has looked. */
  observed: GridInterface[] | null;
  attempts: number;
  /** How long the registrar asks to be left alone, in milliseconds. */
  waitMs: number;
  /** Whether it has too much to do: what was found out there still holds. */
  isBusy: boolean;
  failure: string | null;
}

/** The configuration that counts from now on. */
export type GridConfigured = { type: "grid.configured"; grid: Grid };
/** The interfaces by which a registrar knows the node were read. */
export type InterfacesObserved = { type: "interfaces.observed"; interfaces: GridInterface[] };

/** The event by which a machine hears of interfaces. */
export function interfacesObserved({ interfaces }: { interfaces: GridInterface[] }): InterfacesObserved {
  return { type: "interfaces.observed", interfaces };
}

/** What is known when enrolling begins. */
export function contextOf({ grid }: EnrollInput): EnrollContext {
  return {
    ...{ grid, turn: 0, twinId: null, clockOffsetMs: null, place: null },
    ...{ reported: [], observed: null, attempts: 0, waitMs: 0, isBusy: false, failure: null },
  };
}

/** Which registrar is asked now: each attempt asks the next. */
export function atRegistrar({ grid, turn }: Pick<EnrollContext, "grid" | "turn">): AtRegistrar {
  const registrar = grid.registrars[turn % grid.registrars.length];
  if (registrar === undefined) throw new Error("there is no registrar");
  return { grid, registrar };
}

/** Who asks it. */
export function asTwin(context: Pick<EnrollContext, "grid" | "turn" | "twinId" | "clockOffsetMs">): AsTwin {
  const { twinId, clockOffsetMs } = context;
  if (twinId === null) throw new Error("the node has no account yet");
  return { ...atRegistrar(context), twinId, clockOffsetMs: clockOffsetMs ?? 0 };
}

/** Whether what failed heals only when somebody changes something. */
export function isLasting(event: EventObject): boolean {
  const { error } = event as ErrorActorEvent;
  return error instanceof BootError && !error.retryable;
}

/** What is to be known of an attempt that failed; clocks are compared anew unless the registrar looked at nothing. */
export function failedBy(event: EventObject): Partial<EnrollContext> {
  const { error } = event as ErrorActorEvent;
  const isBusy = error instanceof BootError && error.code === "busy";
  const waitMs = error instanceof BootError ? (error.retryAfterMs ?? 0) : 0;
  return { failure: failureIn(event), waitMs, isBusy, ...(!isBusy && { clockOffsetMs: null }) };
}

/** Whether the same registrar is asked again, which only had too much to do: it is asked for what is still missing. */
export function goesOn({ grid, isBusy }: Pick<EnrollContext, "grid" | "isBusy">): boolean {
  return isBusy && grid.registrars.length === 1;
}

/** Whether the node has other interfaces or addresses than the registrar knows. */
export function hasMoved({ reported, observed }: Pick<EnrollContext, "reported" | "observed">): boolean {
  return observed !== null && JSON.stringify(observed) !== JSON.stringify(reported);
}

/** The configuration from now on. */
export function gridIn(event: EventObject): Grid {
  return (event as GridConfigured).grid;
}
