import { append, emptyHistory, type History, latest, type Moment, momentAt, momentOf } from "../model/history.ts";
import type { StreamRecord } from "../../recording/records.ts";
import { firstView, type LogList, logList, type LogView } from "../model/log-list.ts";
import { selectionOf } from "../model/selected.ts";

/** How the page stands to the program. */
export type Connection = "connecting" | "live" | "replay" | "disconnected" | "ended";

/** What all parts of the page share. */
export interface PageState {
  history: History;
  connection: Connection;
  /** The program's time when it was last told, and when that was here; null while nobody tells it. */
  clock: { atMs: number; receivedMs: number } | null;
  /** The moment that is shown; null is now. */
  moment: Moment | null;
  /** Times as fast as it happened; null while nothing is played. */
  playing: number | null;
  rate: number;
  /** The selected actor. */
  actor: string;
  /** What the log leaves out. */
  logView: LogView;
}

/** The state of the page, and who is told when it changes. */
export interface Store {
  state: PageState;
  /** Changes the state; the page is drawn anew before the next frame. */
  update: (changes: Partial<PageState>) => void;
  /** Takes up a record of the stream. */
  take: (record: StreamRecord) => void;
  subscribe: (listener: () => void) => () => void;
}

/** The page's state, which begins with what its address says. */
export function createStore(hash: string): Store {
  const { actor, seq } = selectionOf(hash);
  const changed = announcer();
  let wantedSeq = seq;
  const update = (changes: Partial<PageState>) => {
    store.state = { ...store.state, ...changes };
    changed.announce();
  };
  const take = (record: StreamRecord) => {
    const { history } = store.state;
    const isAnother = record.type === "start" && history.entries.length > 0;
    append(history, record);
    update(isAnother ? { moment: null, playing: null } : {});
    if (wantedSeq === null || history.nextSeq <= wantedSeq) return;
    update({ moment: momentOf(history, wantedSeq) });
    wantedSeq = null;
  };
  const store: Store = { state: { ...firstState, history: emptyHistory(), actor }, update, take, ...changed };
  return store;
}

const firstState: Omit<PageState, "history" | "actor"> = {
  connection: "connecting",
  clock: null,
  moment: null,
  playing: null,
  rate: 1,
  logView: firstView,
};

/** Tells listeners of changes, at most once a frame. */
function announcer(): Pick<Store, "subscribe"> & { announce: () => void } {
  const listeners = new Set<() => void>();
  let isDue = false;
  return {
    announce: () => {
      if (isDue) return;
      isDue = true;
      requestAnimationFrame(() => {
        isDue = false;
        for (const listener of listeners) listener();
      });
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

let shownList: LogList | null = null;

/** The entries that the log shows. */
export function shownEntries({ history, logView }: PageState): LogList["shown"] {
  shownList = logList(shownList, history.entries, logView);
  return shownList.shown;
}

/** The program's time now: it goes on between records while the program is there. */
export function nowMs({ history, connection, clock }: PageState): number {
  const told = latest(history).atMs;
  if (connection !== "live" || clock === null || history.endedMs !== null) return told;
  return Math.max(told, clock.atMs + performance.now() - clock.receivedMs);
}

/** The moment that the page shows. */
export function shownMoment(state: PageState): Moment {
  return state.moment ?? { ...latest(state.history), atMs: nowMs(state) };
}

/** Shows a time; the time after the last entry is now. */
export function seek({ state, update }: Store, atMs: number): void {
  const moment = momentAt(state.history, Math.max(0, atMs));
  const isNow = atMs >= nowMs(state) && moment.seq === latest(state.history).seq;
  update(isNow ? { moment: null, playing: null } : { moment });
}

/** Shows the moment of an entry. */
export function seekEntry({ state, update }: Store, seq: number): void {
  update({ moment: momentOf(state.history, seq), playing: null });
}

/** Holds the page where it is; what is held plays on, and from its end from the beginning. */
export function togglePlaying({ state, update }: Store): void {
  if (state.playing !== null) update({ playing: null });
  else if (state.moment !== null) update({ playing: state.rate });
  else if (isLive(state)) update({ moment: shownMoment(state) });
  else update({ moment: { seq: -1, atMs: 0 }, playing: state.rate });
}

/** Whether what is shown as now is still going on. */
export function isLive({ connection }: PageState): boolean {
  return connection === "live" || connection === "connecting";
}
