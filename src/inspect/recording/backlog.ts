import { withChanges } from "./changes.ts";
import type { ActorRecord, Json, StartRecord, StreamRecord, TransitionRecord } from "./records.ts";

/**
 * What a stream has told so far, within bounds: when it takes more than `maxChars` characters, the oldest is folded
 * together, and of that only where each living actor was is still known.
 */
export interface History {
  add: (line: string) => void;
  /** Number of the first line that is kept. */
  readonly first: number;
  /** Number of the next line that will be added. */
  readonly next: number;
  /** What one who knows nothing must be told before the first line. */
  prologue: () => string[];
  /** Lines by number, as many as there are up to about so many characters; at least one when there is one. */
  read: (from: number, aboutChars: number) => string[];
  /** Calls back after each line. Returns how to end that. */
  subscribe: (onAdd: () => void) => () => void;
}

/** An hour of a boot that fails again and again, with many NICs, or months of one that is online. */
export const defaultMaxChars = 16 * 1_024 * 1_024;

/** A history that forgets its oldest details beyond so many characters. */
export function createHistory(maxChars: number = defaultMaxChars): History {
  const folded = createFold();
  const listeners = new Set<() => void>();
  const kept = { lines: [] as string[], chars: 0, first: 0 };
  return {
    add: (line) => {
      kept.lines.push(line);
      kept.chars += line.length;
      if (kept.chars > maxChars) foldOldest(kept, maxChars, folded);
      for (const onAdd of listeners) onAdd();
    },
    get first() {
      return kept.first;
    },
    get next() {
      return kept.first + kept.lines.length;
    },
    prologue: folded.tell,
    read: (from, aboutChars) => {
      const begin = from - kept.first;
      let end = begin;
      for (let read = 0; end < kept.lines.length && read < aboutChars; end++) read += kept.lines[end]?.length ?? 0;
      return kept.lines.slice(begin, end);
    },
    subscribe: (onAdd) => {
      listeners.add(onAdd);
      return () => listeners.delete(onAdd);
    },
  };
}

/** A small part at a time, so that a boot under way is not held up. */
function foldOldest(kept: { lines: string[]; chars: number; first: number }, maxChars: number, folded: Fold): void {
  let count = 0;
  for (; kept.chars > (maxChars * 31) / 32 && count < kept.lines.length - 1; count++) {
    const line = kept.lines[count] ?? "";
    kept.chars -= line.length;
    folded.add(JSON.parse(line) as StreamRecord);
  }
  kept.lines = kept.lines.slice(count);
  kept.first += count;
}

interface Known {
  actor: ActorRecord;
  last: TransitionRecord | null;
  context: Json;
}

/** Forgets what happened and keeps what came of it. */
interface Fold {
  add: (record: StreamRecord) => void;
  tell: () => string[];
}

function createFold(): Fold {
  const living = new Map<string, Known>();
  let start: StartRecord | null = null;
  let sinceMs = 0;
  return {
    add: (record) => {
      sinceMs = record.atMs;
      if (record.type === "start") {
        start = record;
        living.clear();
      } else if (record.type === "actor") {
        living.delete(record.actor); // So that parents stay before their children.
        living.set(record.actor, { actor: record, last: null, context: {} });
      } else if (record.type === "transition") {
        const known = living.get(record.actor);
        if (known !== undefined) {
          known.last = record;
          known.context = withChanges(known.context, record.changes);
        }
      } else if (record.type === "ended") living.delete(record.actor);
    },
    tell: () => {
      if (start === null) return [];
      const records = [{ ...start, historySinceMs: sinceMs }, ...[...living.values()].flatMap(standing)];
      return records.map((each) => JSON.stringify(each));
    },
  };
}

/** An actor as if it had begun where it is. */
function standing({ actor, last, context }: Known): StreamRecord[] {
  if (last === null) return [actor];
  const { data: _, ...rest } = last;
  return [actor, { ...rest, event: "xstate.init", taken: [], guards: [], changes: context as Record<string, Json> }];
}
