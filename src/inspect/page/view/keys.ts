import { lastIndex } from "../model/history.ts";
import { seekEntry, shownEntries, shownMoment, type Store, togglePlaying } from "./store.ts";

/** Elements that have a use of their own for a key. */
const busyFor = {
  space: "input, select, textarea, button, [role=treeitem], summary",
  arrows: "input, select, textarea, [role=tree], [role=listbox], [role=tablist], .picture",
};

/** Keys that scroll the page unless the slider has the focus. */
const scrolling = ["PageUp", "PageDown"];

/** Keys that work wherever the focus is: Space, Left and Right, Home and End. */
export function listenToKeys(store: Store): void {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const isIn = (selector: string) => event.target instanceof Element && event.target.closest(selector) !== null;
    const action = actions[event.key];
    if (action === undefined || isIn(event.key === " " ? busyFor.space : busyFor.arrows)) return;
    if (scrolling.includes(event.key) && !isIn("[role=slider]")) return;
    event.preventDefault();
    action(store);
  });
}

const actions: Record<string, (store: Store) => void> = {
  " ": togglePlaying,
  ArrowLeft: (store) => {
    stepBy(store, -1);
  },
  ArrowRight: (store) => {
    stepBy(store, 1);
  },
  PageUp: (store) => {
    stepBy(store, -10);
  },
  PageDown: (store) => {
    stepBy(store, 10);
  },
  Home: (store) => {
    seekEntry(store, 0);
  },
  End: (store) => {
    store.update({ moment: null, playing: null });
  },
};

/** Goes on or back by so many of the entries that the log shows; after the last of them comes now. */
export function stepBy(store: Store, count: number): void {
  const entries = shownEntries(store.state);
  const { seq } = shownMoment(store.state);
  const here = lastIndex(entries, (entry) => entry.seq <= seq);
  const isAt = entries[here]?.seq === seq;
  const index = Math.max(0, here + count + (count < 0 && !isAt ? 1 : 0));
  const entry = entries[index];
  if (entry === undefined) store.update({ moment: null, playing: null });
  else seekEntry(store, entry.seq);
}
