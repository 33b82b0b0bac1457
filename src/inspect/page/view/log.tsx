import { useEffect, useRef, useState } from "preact/hooks";
import type { StreamRecord } from "../../recording/records.ts";
import type { Entry } from "../model/history.ts";
import { actorOf, actorWords, clockWords, durationWords, entryWords } from "../model/words.ts";
import { seekEntry, type Store } from "./store.ts";

const rowPx = 24;
/** Rows that are kept above and below those in sight. */
const sparePx = 240;

interface Props {
  store: Store;
  entries: Entry[];
  /** Index of the entry that has just happened at the shown moment. */
  here: number;
  shownSeq: number;
}

/**
 * Everything that happened, in order; the entry of the shown moment stands out, and what comes after it is faint. Only the
 * rows in sight are in the document, so that a long log costs no more than a short one.
 */
export function Log({ store, entries, here, shownSeq }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const [{ top, height }, setView] = useState({ top: 0, height: 600 });
  useEffect(() => {
    if (box.current !== null) setView(keptInSight(box.current, here));
  }, [here, entries.length === 0]);
  const first = Math.max(0, Math.floor((top - sparePx) / rowPx));
  const last = Math.min(entries.length, Math.ceil((top + height + sparePx) / rowPx));
  const go = (index: number) => {
    const entry = entries[Math.min(entries.length - 1, Math.max(0, index))];
    if (entry !== undefined) seekEntry(store, entry.seq);
  };
  return (
    <div role="log" aria-live="off" aria-label="Event log" class="log">
      <div
        ref={box}
        class="log-rows"
        role="listbox"
        aria-label="Entries"
        tabIndex={0}
        aria-activedescendant={entries[here] === undefined ? undefined : `entry-${entries[here].seq}`}
        onScroll={({ currentTarget }) => setView({ top: currentTarget.scrollTop, height: currentTarget.clientHeight })}
        onKeyDown={(event) => {
          const target = targetOf(event.key, here, { count: entries.length, pageRows: Math.floor(height / rowPx) - 1 });
          if (target === null) return;
          event.preventDefault();
          go(target);
        }}
      >
        <div class="log-space" role="presentation" style={{ height: `${entries.length * rowPx}px` }}>
          {entries.slice(first, last).map((entry, offset) => (
            <Row
              key={entry.seq}
              entry={entry}
              index={first + offset}
              count={entries.length}
              tense={first + offset === here ? "here" : entry.seq > shownSeq ? "later" : "past"}
              onSelect={() => go(first + offset)}
            />
          ))}
        </div>
      </div>
    </div>
  );
}

/** Scrolls no further than is needed to see a row, with one more beside it. */
function keptInSight(box: HTMLDivElement, index: number): { top: number; height: number } {
  const rowTop = index * rowPx;
  const isAbove = rowTop < box.scrollTop;
  const isBelow = rowTop + rowPx > box.scrollTop + box.clientHeight;
  if (isAbove || isBelow) box.scrollTop = isAbove ? rowTop - rowPx : rowTop + 2 * rowPx - box.clientHeight;
  return { top: box.scrollTop, height: box.clientHeight };
}

/** Where a key leads in the list. */
function targetOf(key: string, here: number, { count, pageRows }: { count: number; pageRows: number }): number | null {
  const moves: Record<string, number> = { ArrowUp: -1, ArrowDown: 1, PageUp: -pageRows, PageDown: pageRows };
  if (key === "Home") return 0;
  if (key === "End") return count - 1;
  const by = moves[key];
  return by === undefined ? null : here + by;
}

interface RowProps {
  entry: Entry;
  index: number;
  count: number;
  tense: "past" | "here" | "later";
  onSelect: () => void;
}

function Row({ entry, index, count, tense, onSelect }: RowProps) {
  const { record, seq, toldMs } = entry;
  const actor = actorOf(record);
  return (
    <div
      id={`entry-${seq}`}
      role="option"
      aria-selected={tense === "here"}
      aria-posinset={index + 1}
      aria-setsize={count}
      class={`entry ${kindOf(record)} ${tense}`}
      data-seq={seq}
      style={{ top: `${index * rowPx}px` }}
      onClick={onSelect}
    >
      <span class="time">{clockWords(toldMs)}</span>
      <span class="who" title={actor}>
        {actorWords(actor)}
      </span>
      <span class="what" title={entryWords(record)}>
        {entryWords(record)}
      </span>
      {record.type === "command" && (
        <span class="took">
          {record.exitCode !== 0 && (
            <span class="exit">{record.exitCode === null ? "ended" : `exit ${record.exitCode}`}</span>
          )}
          {durationWords(record.ms)}
        </span>
      )}
    </div>
  );
}

function kindOf(record: StreamRecord): string {
  const isFailed =
    (record.type === "ended" && record.status === "error") ||
    (record.type === "transition" && /\.error\./.test(record.event));
  return `${record.type}${isFailed ? " failed" : ""}`;
}
