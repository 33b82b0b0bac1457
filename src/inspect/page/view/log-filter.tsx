import { kinds, type LogView } from "../model/log-list.ts";
import { nameOf } from "../model/tree.ts";
import type { Store } from "./store.ts";

/** What the log shows: kinds of entries, one actor or all, and what a text says. */
export function LogFilter({ store, count }: { store: Store; count: number }) {
  const { actor, logView: view } = store.state;
  const change = (changes: Partial<LogView>) => {
    store.update({ logView: { ...view, ...changes } });
  };
  return (
    <>
      <div class="card-head">
        <h2 id="events-heading">Events</h2>
        <label class="own" title={view.actor || actor}>
          <input
            type="checkbox"
            checked={view.actor !== ""}
            onChange={() => change({ actor: view.actor === "" ? actor : "" })}
          />
          only {nameOf(view.actor || actor)}
        </label>
        <input
          type="search"
          placeholder="Filter"
          aria-label="Filter events by text"
          value={view.text}
          onInput={({ currentTarget }) => change({ text: currentTarget.value })}
        />
      </div>
      <div class="kinds" role="group" aria-label="Kinds of entries">
        {kinds.map((kind) => (
          <button
            key={kind}
            type="button"
            aria-pressed={view.kinds.has(kind)}
            onClick={() => change({ kinds: new Set(kinds.filter((each) => (each === kind) !== view.kinds.has(each))) })}
          >
            {kind}
          </button>
        ))}
        <span class="count">{count} shown</span>
      </div>
    </>
  );
}
