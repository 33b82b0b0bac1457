import { useState } from "preact/hooks";
import { contextAt, type History, lastIndex, lifeAt, type Moment } from "../model/history.ts";
import { shownActor } from "../model/lit.ts";
import { nameOf } from "../model/tree.ts";
import { EntryDetails } from "./entry-details.tsx";
import { LogFilter } from "./log-filter.tsx";
import { Log } from "./log.tsx";
import { shownEntries, type Store } from "./store.ts";

const tabs = ["entry", "context"] as const;
type Tab = (typeof tabs)[number];

/** The event log, and below it all about the entry at the shown moment, or the selected actor's context then. */
export function Panel({ store, moment }: { store: Store; moment: Moment }) {
  const [tab, setTab] = useState<Tab>("entry");
  const { history, actor } = store.state;
  const entries = shownEntries(store.state);
  const here = Math.max(
    0,
    lastIndex(entries, ({ seq }) => seq <= moment.seq),
  );
  const entry = entries[here];
  const owner = shownActor(history, actor, moment)?.actor ?? null;
  const names = { entry: "Entry", context: owner === null ? "Context" : `Context of ${nameOf(owner)}` };
  return (
    <section class="card events" aria-labelledby="events-heading">
      <LogFilter store={store} count={entries.length} />
      <Log store={store} entries={entries} here={here} shownSeq={moment.seq} />
      <Tabs tab={tab} names={names} onSelect={setTab} />
      <div id="details" class="details" role="tabpanel" aria-labelledby={`tab-${tab}`} tabIndex={0}>
        {tab === "entry" && entry !== undefined && <EntryDetails entry={entry} />}
        {tab === "context" && owner !== null && <Context history={history} actor={owner} moment={moment} />}
      </div>
    </section>
  );
}

function Context({ history, actor, moment }: { history: History; actor: string; moment: Moment }) {
  const life = lifeAt(history, actor, moment);
  return <pre>{life === null ? "" : JSON.stringify(contextAt(life, moment), null, 2)}</pre>;
}

function Tabs({ tab, names, onSelect }: { tab: Tab; names: Record<Tab, string>; onSelect: (tab: Tab) => void }) {
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    event.preventDefault();
    const next = tab === "entry" ? "context" : "entry";
    onSelect(next);
    document.getElementById(`tab-${next}`)?.focus();
  };
  return (
    <div class="tabs" role="tablist" aria-label="Details" onKeyDown={onKeyDown}>
      {tabs.map((each) => (
        <button
          key={each}
          type="button"
          role="tab"
          id={`tab-${each}`}
          aria-selected={tab === each}
          aria-controls="details"
          tabIndex={tab === each ? 0 : -1}
          onClick={() => onSelect(each)}
        >
          {names[each]}
        </button>
      ))}
    </div>
  );
}
