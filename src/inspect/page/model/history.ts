import { withChanges } from "../../recording/changes.ts";
import type { ActorStatus, Json, StartRecord, StreamRecord, TransitionRecord } from "../../recording/records.ts";

/** A record with its place in the stream. */
export interface Entry {
  /** Counts up from 0; what is left out to save memory leaves a gap. */
  seq: number;
  /** When the stream told it: never before the entry ahead of it, though a command's record begins earlier. */
  toldMs: number;
  record: StreamRecord;
}

/** A transition with its place in the stream. */
export interface Move {
  seq: number;
  record: TransitionRecord;
}

/** One life of an actor; another actor may live at the same path later. */
export interface Life {
  actor: string;
  parent: string | null;
  /** The machine's name; null for an effect. */
  machine: string | null;
  startSeq: number;
  startedMs: number;
  endSeq: number | null;
  endedMs: number | null;
  endStatus: ActorStatus;
  error: string | null;
  moves: Move[];
  /** The context after every so many moves, so that no moment is far from one that is known. */
  contexts: Json[];
}

/** All that the stream has told, indexed for the question what was so at a given moment. */
export interface History {
  start: StartRecord | null;
  entries: Entry[];
  /** By path, in the order in which paths appeared. */
  lives: Map<string, Life[]>;
  nextSeq: number;
  endedMs: number | null;
  /** Entries left out of the middle to save memory. */
  omitted: number;
}

/** A place in history: all entries up to `seq` have happened, and the clock shows `atMs`. */
export interface Moment {
  seq: number;
  atMs: number;
}

/**
 * How many entries are kept. When there are more, some are left out after the first ones: what a long run has to show is how
 * it began and how it goes now. A kept entry takes some 1 kB.
 */
export const limits = { entries: 50_000, first: 10_000, dropped: 10_000 };

/** Moves between contexts that are kept. */
const contextEvery = 64;

/** Nothing has been told yet. */
export function emptyHistory(): History {
  return { start: null, entries: [], lives: new Map(), nextSeq: 0, endedMs: null, omitted: 0 };
}

/** Adds what the stream tells next; another start makes all that was known before void. */
export function append(history: History, record: StreamRecord, bounds = limits): void {
  if (record.type === "start") Object.assign(history, emptyHistory(), { start: record });
  const told = record.type === "command" ? record.atMs + record.ms : record.atMs;
  const toldMs = Math.max(told, history.entries.at(-1)?.toldMs ?? 0);
  const entry = { seq: history.nextSeq, toldMs, record };
  history.nextSeq += 1;
  history.entries.push(entry);
  note(history, entry);
  if (history.entries.length > bounds.entries) thin(history, bounds);
}

function note(history: History, { seq, record }: Entry): void {
  if (record.type === "end") history.endedMs = record.atMs;
  if (record.type === "actor") {
    const { actor, parent, machine, atMs } = record;
    const life: Life = {
      actor,
      parent,
      machine,
      startSeq: seq,
      startedMs: atMs,
      endSeq: null,
      endedMs: null,
      endStatus: "active",
      error: null,
      moves: [],
      contexts: [],
    };
    const earlier = history.lives.get(actor) ?? [];
    const last = earlier.at(-1);
    if (last?.endSeq === null) Object.assign(last, { endSeq: seq, endedMs: atMs, endStatus: "stopped" });
    history.lives.set(actor, [...earlier, life]);
  }
  if (record.type !== "transition" && record.type !== "ended") return;
  const life = history.lives.get(record.actor)?.at(-1);
  if (life === undefined) return;
  if (record.type === "transition") life.moves.push({ seq, record });
  else
    Object.assign(life, { endSeq: seq, endedMs: record.atMs, endStatus: record.status, error: record.error ?? null });
}

/** Leaves out a part of the middle; what actors went through there becomes one move each. */
function thin(history: History, { first, dropped }: typeof limits): void {
  const gone = history.entries.splice(first, dropped);
  const [from, to] = [gone[0]?.seq ?? 0, (gone.at(-1)?.seq ?? 0) + 1];
  const isGone = (seq: number | null) => seq !== null && seq >= from && seq < to;
  history.omitted += gone.length;
  for (const [actor, lives] of history.lives) {
    const kept = lives.filter((life) => !(isGone(life.startSeq) && isGone(life.endSeq)));
    for (const life of kept) {
      const lost = life.moves.filter(({ seq }) => isGone(seq));
      if (lost.length < 2) continue;
      const index = life.moves.findIndex(({ seq }) => isGone(seq));
      life.moves.splice(index, lost.length, merged(lost));
      life.contexts.length = Math.min(life.contexts.length, Math.floor(index / contextEvery));
    }
    if (kept.length === 0) history.lives.delete(actor);
    else history.lives.set(actor, kept);
  }
}

function merged(moves: Move[]): Move {
  const last = moves.at(-1) as Move;
  const changes = new Map<string, Json>();
  for (const { record } of moves)
    for (const [path, value] of Object.entries(record.changes)) {
      changes.delete(path);
      changes.set(path, value);
    }
  return { ...last, record: { ...last.record, changes: Object.fromEntries(changes) } };
}

/** The moment in which everything has happened that is known. */
export function latest(history: History): Moment {
  const last = history.entries.at(-1);
  return { seq: last?.seq ?? -1, atMs: last?.toldMs ?? 0 };
}

/** The last moment that is not after a time. */
export function momentAt({ entries }: History, atMs: number): Moment {
  const index = lastIndex(entries, ({ toldMs }) => toldMs <= atMs);
  return { seq: entries[index]?.seq ?? -1, atMs };
}

/** The moment in which an entry has just happened; the next one that is known when it was left out. */
export function momentOf({ entries }: History, seq: number): Moment {
  const entry =
    entries[
      Math.max(
        0,
        lastIndex(entries, (each) => each.seq <= seq),
      )
    ];
  return { seq: entry?.seq ?? -1, atMs: entry?.toldMs ?? 0 };
}

/** The actor that lives at a path at a moment, or has lived there last. */
export function lifeAt({ lives }: History, actor: string, { seq }: Moment): Life | null {
  const found = lives.get(actor) ?? [];
  return found[lastIndex(found, ({ startSeq }) => startSeq <= seq)] ?? null;
}

/** An actor's last transition up to a moment. */
export function moveAt({ moves }: Life, { seq }: Moment): Move | null {
  return moves[lastIndex(moves, (move) => move.seq <= seq)] ?? null;
}

/** How an actor is at a moment. */
export function statusAt(life: Life, moment: Moment): ActorStatus {
  return life.endSeq !== null && life.endSeq <= moment.seq ? life.endStatus : "active";
}

/** An actor's context at a moment; null before its first transition. */
export function contextAt(life: Life, { seq }: Moment): Json {
  const count = lastIndex(life.moves, (move) => move.seq <= seq) + 1;
  const whole = Math.floor(count / contextEvery);
  while (life.contexts.length < whole) {
    const done = life.contexts.length * contextEvery;
    life.contexts.push(applied(life.contexts.at(-1) ?? null, life.moves.slice(done, done + contextEvery)));
  }
  return applied(life.contexts[whole - 1] ?? null, life.moves.slice(whole * contextEvery, count));
}

function applied(context: Json, moves: Move[]): Json {
  return moves.reduce((value, { record }) => withChanges(value, record.changes), context);
}

/** The index of the last element that fits, where all that fit come first; -1 when none does. */
export function lastIndex<Each>(list: readonly Each[], fits: (each: Each) => boolean): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (fits(list[middle] as Each)) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
