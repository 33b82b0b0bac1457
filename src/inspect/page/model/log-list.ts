import type { StreamRecord } from "../../recording/records.ts";
import type { Entry } from "./history.ts";
import { actorOf, entryWords } from "./words.ts";

/** Kinds of entries that the log can show or leave out. */
export const kinds = ["transitions", "commands", "actors", "guards"] as const;
/** One of `kinds`. */
export type Kind = (typeof kinds)[number];

/** What of the log is to be shown. */
export interface LogView {
  kinds: ReadonlySet<Kind>;
  /** Only this actor and what works for it; empty for all. */
  actor: string;
  /** Part of what an entry says. */
  text: string;
}

const kindOfType: Record<StreamRecord["type"], Kind | null> = {
  start: null,
  end: null,
  transition: "transitions",
  command: "commands",
  actor: "actors",
  ended: "actors",
  checked: "guards",
};

/** Whether the log shows an entry; failures are shown with the transitions even without the other ends. */
export function isLogged({ record }: Entry, view: LogView): boolean {
  const kind = kindOfType[record.type];
  const isFailure = record.type === "ended" && record.status === "error";
  const isKind = kind === null || view.kinds.has(kind) || (isFailure && view.kinds.has("transitions"));
  return isKind && isOf(actorOf(record), view.actor) && says(record, view.text);
}

function isOf(actor: string, wanted: string): boolean {
  return wanted === "" || actor === wanted || actor.startsWith(`${wanted}/`);
}

function says(record: StreamRecord, text: string): boolean {
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return true;
  return `${actorOf(record)} ${entryWords(record)}`.toLowerCase().includes(wanted);
}

/** Shown entries, kept up to date as entries are added. */
export interface LogList {
  view: LogView;
  source: readonly Entry[];
  /** How many of the source have been looked at, and the last of them. */
  seen: number;
  lastSeq: number;
  shown: Entry[];
}

/** The entries that a view shows. Looks at new entries only, as long as view and history stay the same. */
export function logList(before: LogList | null, source: readonly Entry[], view: LogView): LogList {
  const isSame = before?.view === view && before.source === source && source[before.seen - 1]?.seq === before.lastSeq;
  const list = isSame ? before : { view, source, seen: 0, lastSeq: -1, shown: [] };
  for (let index = list.seen; index < source.length; index += 1) {
    const entry = source[index];
    if (entry !== undefined && isLogged(entry, view)) list.shown.push(entry);
  }
  list.seen = source.length;
  list.lastSeq = source.at(-1)?.seq ?? -1;
  return list;
}

/** What the log shows at first. */
export const firstView: LogView = { kinds: new Set(["transitions", "commands"]), actor: "", text: "" };
