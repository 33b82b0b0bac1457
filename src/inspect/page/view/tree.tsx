import { useRef, useState } from "preact/hooks";
import type { Moment } from "../model/history.ts";
import { type TreeRow, treeRows } from "../model/tree.ts";
import type { Store } from "./store.ts";

/** All actors of the boot, to choose whose machine and events are shown. */
export function Tree({ store, moment }: { store: Store; moment: Moment }) {
  const [toggled, setToggled] = useState<ReadonlySet<string>>(new Set());
  const [filter, setFilter] = useState("");
  const [hasEffects, setHasEffects] = useState(false);
  const list = useRef<HTMLUListElement>(null);
  const { history, actor } = store.state;
  const rows = treeRows(history, moment, { toggled, filter, hasEffects });
  const toggle = ({ actor: each }: TreeRow) => {
    const next = new Set(toggled);
    if (!next.delete(each)) next.add(each);
    setToggled(next);
  };
  const select = (row: TreeRow | undefined) => {
    if (row === undefined) return;
    store.update({ actor: row.actor });
    const item = list.current?.querySelector<HTMLElement>(`[data-actor="${CSS.escape(row.actor)}"]`);
    item?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const index = rows.findIndex((row) => row.actor === actor);
    const row = rows[index];
    const target = targetOf(event.key, rows, index);
    if (target === null) return;
    event.preventDefault();
    if (target === "toggle" && row !== undefined) toggle(row);
    else if (target !== "toggle") select(target);
  };
  const focusable = rows.some((row) => row.actor === actor) ? actor : rows[0]?.actor;
  return (
    <section class="card actors" aria-labelledby="actors-heading">
      <TreeFilter filter={filter} onFilter={setFilter} hasEffects={hasEffects} onEffects={setHasEffects} />
      <ul ref={list} class="tree" role="tree" aria-label="Actors" onKeyDown={onKeyDown}>
        {rows.map((row) => (
          <Item
            key={row.actor}
            row={row}
            isSelected={row.actor === actor}
            isFocusable={row.actor === focusable}
            onSelect={() => select(row)}
            onToggle={() => toggle(row)}
          />
        ))}
        {rows.length === 0 && (
          <li role="none" class="empty">
            {filter === "" ? "No actor yet." : "No actor has this name."}
          </li>
        )}
      </ul>
    </section>
  );
}

interface FilterProps {
  filter: string;
  onFilter: (filter: string) => void;
  hasEffects: boolean;
  onEffects: (hasEffects: boolean) => void;
}

function TreeFilter({ filter, onFilter, hasEffects, onEffects }: FilterProps) {
  return (
    <div class="card-head">
      <h2 id="actors-heading">Actors</h2>
      <label class="own">
        <input type="checkbox" checked={hasEffects} onChange={() => onEffects(!hasEffects)} />
        effects too
      </label>
      <input
        type="search"
        placeholder="Filter"
        aria-label="Filter actors by name"
        value={filter}
        onInput={({ currentTarget }) => onFilter(currentTarget.value)}
      />
    </div>
  );
}

/** Where a key leads, as the tree pattern of ARIA has it. */
function targetOf(key: string, rows: TreeRow[], index: number): TreeRow | "toggle" | undefined | null {
  const row = rows[index];
  if (key === "ArrowDown") return rows[Math.min(rows.length - 1, index + 1)];
  if (key === "ArrowUp") return rows[Math.max(0, index - 1)];
  if (key === "Home") return rows[0];
  if (key === "End") return rows.at(-1);
  if (row === undefined) return null;
  if (key === "Enter" || key === " ") return row;
  if (key === "ArrowRight" && row.hasChildren) return row.isExpanded ? rows[index + 1] : "toggle";
  if (key !== "ArrowLeft") return null;
  return row.isExpanded ? "toggle" : rows.slice(0, index).findLast(({ level }) => level < row.level);
}

const marks = { active: "●", done: "✓", error: "✕", stopped: "■" };
const markWords = { active: "active", done: "done", error: "failed", stopped: "stopped" };

interface ItemProps {
  row: TreeRow;
  isSelected: boolean;
  isFocusable: boolean;
  onSelect: () => void;
  onToggle: () => void;
}

function Item({ row, isSelected, isFocusable, onSelect, onToggle }: ItemProps) {
  const { actor, name, level, status, state, hasChildren, isExpanded, position, siblings } = row;
  return (
    <li
      role="treeitem"
      data-actor={actor}
      data-state-of={state}
      data-status={status}
      tabIndex={isFocusable ? 0 : -1}
      aria-level={level}
      aria-posinset={position}
      aria-setsize={siblings}
      aria-selected={isSelected}
      {...(hasChildren ? { "aria-expanded": isExpanded } : {})}
      class={`level-${Math.min(level, 6)}`}
      onClick={onSelect}
    >
      <span
        class={`twist${hasChildren ? "" : " none"}${isExpanded ? " open" : ""}`}
        aria-hidden="true"
        onClick={(event) => {
          if (!hasChildren) return;
          event.stopPropagation();
          onToggle();
        }}
      >
        ›
      </span>
      <span class={`mark ${status}`} aria-hidden="true">
        {marks[status]}
      </span>
      <span class="hidden">{markWords[status]}: </span>
      <span class="actor-name">{name}</span>
      <span class="actor-state" title={state}>
        {state}
      </span>
    </li>
  );
}
