import type { ActorStatus } from "../../recording/records.ts";
import { type History, lifeAt, type Moment, moveAt, statusAt } from "./history.ts";

/** A line of the list of actors. */
export interface TreeRow {
  actor: string;
  name: string;
  /** The machine's name; null for an effect. */
  machine: string | null;
  /** 1 for the boot itself. */
  level: number;
  status: ActorStatus;
  /** Innermost active states without the machine's name. */
  state: string;
  hasChildren: boolean;
  isExpanded: boolean;
  /** Its place among its siblings, from 1. */
  position: number;
  siblings: number;
}

/** What of the list of actors is to be shown. */
export interface TreeView {
  /** Actors whose expansion is not as it is by default: machines show what is in them unless they are probes. */
  toggled: ReadonlySet<string>;
  /** Whether effects are shown beside the machines that use them. */
  hasEffects: boolean;
  /** Part of a name; all that fit are shown with what they are in. */
  filter: string;
}

/** The lines of the list at a moment, parents before their children. */
export function treeRows(history: History, moment: Moment, view: TreeView): TreeRow[] {
  const children = new Map<string | null, string[]>();
  for (const actor of history.lives.keys()) {
    const life = lifeAt(history, actor, moment);
    if (life === null || (life.machine === null && !view.hasEffects)) continue;
    const parent = life.parent !== null && history.lives.has(life.parent) ? life.parent : null;
    children.set(parent, [...(children.get(parent) ?? []), actor]);
  }
  const shown = fitting([...children.values()].flat(), view.filter, history);
  const rowsBelow = (parent: string | null, level: number): TreeRow[] => {
    const siblings = (children.get(parent) ?? []).filter((actor) => shown.has(actor));
    return siblings.flatMap((actor, index) => {
      const row = rowOf(history, actor, moment);
      const hasChildren = (children.get(actor) ?? []).some((child) => shown.has(child));
      const isOpen = row.machine !== "probe" && row.machine !== "service";
      const isExpanded = hasChildren && (view.filter !== "" || view.toggled.has(actor) !== isOpen);
      const own = { ...row, level, hasChildren, isExpanded, position: index + 1, siblings: siblings.length };
      return [own, ...(isExpanded ? rowsBelow(actor, level + 1) : [])];
    });
  };
  return rowsBelow(null, 1);
}

/** Actors whose name fits, and all that they are in. */
function fitting(actors: string[], filter: string, { lives }: History): Set<string> {
  const wanted = filter.trim().toLowerCase();
  if (wanted === "") return new Set(actors);
  const found = new Set<string>();
  for (const actor of actors.filter((each) => nameOf(each).toLowerCase().includes(wanted))) {
    let each: string | null = actor;
    while (each !== null && !found.has(each)) {
      found.add(each);
      each = lives.get(each)?.at(-1)?.parent ?? null;
    }
  }
  return found;
}

type OwnRow = Omit<TreeRow, "level" | "hasChildren" | "isExpanded" | "position" | "siblings">;

function rowOf(history: History, actor: string, moment: Moment): OwnRow {
  const life = lifeAt(history, actor, moment);
  const states = (life && moveAt(life, moment)?.record.state) ?? [];
  return {
    actor,
    name: nameOf(actor),
    machine: life?.machine ?? null,
    status: life === null ? "active" : statusAt(life, moment),
    state: states.map((each) => each.slice(each.indexOf(".") + 1)).join(", "),
  };
}

/** An actor's own name: the last part of its path. */
export function nameOf(actor: string): string {
  return actor.slice(actor.lastIndexOf("/") + 1);
}
