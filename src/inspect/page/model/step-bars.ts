import { isStepName, stepNames } from "../../../policy/steps.ts";
import { type History, type Life, type Moment } from "./history.ts";

/** A stretch of time in one innermost state. */
export interface Part {
  /** State's id such as `internet.register.address`. */
  state: string;
  fromMs: number;
  toMs: number;
}

/** One visit of a step of the boot; the bars of a boot follow each other without a gap. */
export interface StepBar {
  /** Such as `waitIpv6`; `starting` until the boot's machine runs, `earlier` what is not known in detail any more. */
  step: string;
  /** The actor that was in it. */
  actor: string;
  fromMs: number;
  toMs: number;
  parts: Part[];
}

/** All visits of one step. */
export interface StepRow {
  step: string;
  actor: string;
  bars: StepBar[];
  totalMs: number;
}

const stageMachines = ["boot", "internet", "networkd", "online"];

interface Change {
  seq: number;
  atMs: number;
  life: Life;
  states: string[] | null;
}

/** What the boot went through up to a moment, from the program's start. */
export function stepBars(history: History, moment: Moment): StepBar[] {
  const current = new Map<Life, string[]>();
  const bars: StepBar[] = [];
  const sinceMs = history.start?.historySinceMs ?? 0;
  enter(bars, { step: sinceMs > 0 ? "earlier" : "starting", actor: "", state: "" }, 0);
  for (const { atMs, life, states } of stageChanges(history, moment)) {
    if (states === null) current.delete(life);
    else current.set(life, states);
    const where = innermost(current);
    if (where !== null) enter(bars, where, Math.min(Math.max(atMs, sinceMs), moment.atMs));
  }
  close(bars, history.endedMs === null ? moment.atMs : Math.min(moment.atMs, history.endedMs));
  return withoutPassages(bars);
}

/** A stage that begins or ends takes a moment in which it is in none of its steps: that belongs to the step before. */
function withoutPassages(bars: StepBar[]): StepBar[] {
  const kept: StepBar[] = [];
  for (const bar of bars) {
    const last = kept.at(-1);
    if (last === undefined || isStep(bar.step)) kept.push(bar);
    else {
      last.toMs = bar.toMs;
      last.parts.push(...bar.parts);
    }
  }
  return kept;
}

/**
 * The way of a healthy boot: its rows are there before it comes to them, so that nothing moves when it does. Only a daemon
 * that waits for a one-shot begins before `recover`.
 */
function healthyWay(bars: readonly StepBar[]): string[] {
  const isDaemon = bars.some(({ step }) => step === "awaitUplink");
  return stepNames.slice(stepNames.indexOf(isDaemon ? "awaitUplink" : "recover"), stepNames.indexOf("online") + 1);
}

/** The bars by step: the way of a healthy boot, then what came besides in the order in which it came. */
export function stepRows(bars: readonly StepBar[]): StepRow[] {
  const empty = (step: string): StepRow => ({ step, actor: "", bars: [], totalMs: 0 });
  const [first] = bars;
  const rows = new Map([first?.step ?? "starting", ...healthyWay(bars)].map((step) => [step, empty(step)]));
  for (const bar of bars) {
    const row = rows.get(bar.step) ?? empty(bar.step);
    row.bars.push(bar);
    row.actor = bar.actor;
    row.totalMs += bar.toMs - bar.fromMs;
    rows.set(bar.step, row);
  }
  return [...rows.values()];
}

/** What took longest within a bar, by innermost state. */
export function longestPart({ parts }: StepBar): Part | null {
  const totals = new Map<string, number>();
  for (const { state, fromMs, toMs } of parts) totals.set(state, (totals.get(state) ?? 0) + toMs - fromMs);
  const [longest] = [...totals].toSorted((a, b) => b[1] - a[1]);
  return parts.find(({ state }) => state === longest?.[0]) ?? null;
}

/** A state's path within a step, such as `address` in `register`; empty for the step itself and for what only leads there. */
export function pathWithin(step: string, state: string): string {
  const names = state.split(".");
  return names.includes(step) ? names.slice(names.indexOf(step) + 1).join(".") : "";
}

function stageChanges({ lives }: History, { seq: until }: Moment): Change[] {
  const stages = [...lives.values()].flat().filter(({ machine }) => stageMachines.includes(machine ?? ""));
  const changes = stages.flatMap((life): Change[] => [
    ...life.moves.map(({ seq, record }) => ({ seq, atMs: record.atMs, life, states: record.state })),
    ...(life.endSeq === null || life.endedMs === null
      ? []
      : [{ seq: life.endSeq, atMs: life.endedMs, life, states: null }]),
  ]);
  return changes.filter(({ seq }) => seq <= until).toSorted((a, b) => a.seq - b.seq);
}

interface Place {
  step: string;
  actor: string;
  state: string;
}

/** The step that the deepest of the running stages is in. */
function innermost(current: Map<Life, string[]>): Place | null {
  const root = [...current].find(([{ parent }]) => parent === null);
  return root === undefined ? null : deepest(current, root);
}

function deepest(current: ReadonlyMap<Life, string[]>, [life, states]: [Life, string[]]): Place {
  const state = states[0] ?? "";
  const child = [...current].findLast(
    ([each]) => each.parent === life.actor && state.split(".")[1] === each.machine && each.machine !== life.machine,
  );
  return child === undefined ? placeOf(life, state) : deepest(current, child);
}

/** A machine whose name is that of a step is that step, for the state that invokes it. */
function placeOf({ actor, machine }: Life, state: string): Place {
  const step = isStepName(machine ?? "") ? machine : state.split(".")[1];
  return { step: step ?? state, actor, state };
}

function enter(bars: StepBar[], { step, actor, state }: Place, atMs: number): void {
  const last = bars.at(-1);
  if (last?.step === step && isSameOrWithin(actor, last.actor)) {
    if (actor.length > last.actor.length) last.actor = actor;
    const part = last.parts.at(-1);
    if (part?.state === state) return;
    if (part !== undefined) part.toMs = atMs;
    last.parts.push({ state, fromMs: atMs, toMs: atMs });
    return;
  }
  close(bars, atMs);
  bars.push({ step, actor, fromMs: atMs, toMs: atMs, parts: [{ state, fromMs: atMs, toMs: atMs }] });
}

/** A step that is a machine of its own begins and ends with a moment in the state that invokes it. */
function isSameOrWithin(actor: string, other: string): boolean {
  return actor === other || actor.startsWith(`${other}/`) || other.startsWith(`${actor}/`);
}

function close(bars: StepBar[], atMs: number): void {
  const last = bars.at(-1);
  if (last === undefined) return;
  last.toMs = atMs;
  const part = last.parts.at(-1);
  if (part !== undefined) part.toMs = atMs;
}

/** Falling back is no step that people are told of while all is well, but it takes its time. */
function isStep(step: string): boolean {
  return step === "fallBack" || (stepNames as readonly string[]).includes(step);
}
