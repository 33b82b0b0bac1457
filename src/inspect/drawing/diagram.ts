import { allStates, type Chart, type ChartState, type ChartTransition } from "../chart/chart.ts";
import { countOf } from "../chart/guard-words.ts";

/** How an arrow looks: on the happy path, beside it, or when something is tried again or given up. */
export type Tone = "happy" | "plain" | "setback";

/** One arrow, for all transitions between the same two boxes. */
export interface Edge {
  id: string;
  from: string;
  to: string;
  labels: string[];
  /** Ids of the transitions that it stands for; none for the way into a first child. */
  transitions: string[];
  tone: Tone;
  /** Whether nothing but a failure leads this way. */
  isFailure: boolean;
  /** Whether it leads back to what is declared earlier, so that layouts draw it upwards. */
  isBackward: boolean;
}

/** What is drawn: nested boxes and arrows between them. */
export interface Diagram {
  root: ChartState;
  edges: Edge[];
  /** All states that a healthy run visits. */
  happyPath: readonly string[];
}

/** The pill from which the transitions leave that a state has for all of its children. */
export function anyIdOf(state: string): string {
  return `${state}#any`;
}

/** The dot from which a state's first child is entered. */
export function startIdOf(state: string): string {
  return `${state}#start`;
}

/**
 * What there is to draw of a chart. Transitions that change no state are noted in their state's box.
 *
 * @param happyPaths states in the order in which a healthy run visits them; more than one list where regions run side by side
 * @throws Error when two neighbours on a path are not connected
 */
export function diagramOf(chart: Chart, happyPaths: readonly (readonly string[])[]): Diagram {
  const order = new Map(allStates(chart.root).map(({ id }, index) => [id, index]));
  const edges = merged(chart.transitions.flatMap((each) => arrowOf(each, chart.root)));
  const starts = allStates(chart.root).flatMap(startOf);
  const positions = (id: string) => order.get(id.replace(/#.*$/, "")) ?? 0;
  const all = [...starts, ...edges].map((edge) => ({ ...edge, isBackward: positions(edge.to) < positions(edge.from) }));
  return { root: withNotes(chart), edges: toned(all, happyPaths), happyPath: happyPaths.flat() };
}

/** A transition's words: event, then guard in brackets, with what it counts to. */
export function labelOf({ event, guard, isElse }: Pick<ChartTransition, "event" | "guard" | "isElse">): string {
  const name = guard ?? (isElse ? "else" : null);
  const count = guard === null ? null : countOf(guard);
  const condition = count === null ? name : `${name}: ${count}`;
  return [event, condition === null ? "" : `[${condition}]`].filter(Boolean).join(" ");
}

function startOf({ id, initial, kind }: ChartState): Edge[] {
  if (initial === null || kind !== "compound") return [];
  return [
    {
      id: `${id} starts`,
      from: startIdOf(id),
      to: initial,
      labels: [],
      transitions: [],
      tone: "plain",
      isFailure: false,
      isBackward: false,
    },
  ];
}

/** Whether a state is somewhere in another one; dots and pills belong to the state that they stand in. */
export function isWithin(inner: string, outer: string): boolean {
  return inner.startsWith(`${outer}.`) || inner.startsWith(`${outer}#`);
}

interface Arrow {
  transition: string;
  from: string;
  to: string;
  label: string;
  /** How it goes on when all is well, when something failed, or either. */
  omen: "good" | "bad" | "open";
}

function arrowOf(transition: ChartTransition, root: ChartState): Arrow[] {
  const { from, to, cause, isElse } = transition;
  if (to === null) return [];
  return [
    {
      transition: transition.id,
      from: isWithin(to, from) ? anyIdOf(from) : from,
      to: isWithin(from, to) ? firstOf(to, root) : to,
      label: labelOf(transition),
      omen: cause === "error" ? "bad" : cause === "done" && !isElse ? "good" : "open",
    },
  ];
}

/** Who enters a state from within begins at its first child. */
function firstOf(id: string, root: ChartState): string {
  const initial = allStates(root).find((each) => each.id === id)?.initial;
  return initial == null ? id : firstOf(initial, root);
}

function merged(arrows: Arrow[]): Edge[] {
  const groups = new Map<string, Arrow[]>();
  for (const arrow of arrows) {
    const id = `${arrow.from} to ${arrow.to}`;
    groups.set(id, [...(groups.get(id) ?? []), arrow]);
  }
  return [...groups].map(([id, group]) => {
    const omens = group.map(({ omen }) => omen);
    const isFailure = omens.includes("bad") && !omens.includes("good");
    const labels = condensed([...new Set(group.map(({ label }) => label).filter(Boolean))]);
    return {
      id,
      from: group[0]?.from ?? "",
      to: group[0]?.to ?? "",
      labels,
      transitions: group.map(({ transition }) => transition),
      tone: "plain",
      isFailure,
      isBackward: false,
    };
  });
}

/** What leads the same way whether it is done or fails is said once. */
function condensed(labels: string[]): string[] {
  const isEither = (label: string) => label.endsWith(" done") && labels.includes(label.replace(/done$/, "fails"));
  const isSaid = (label: string) => label.endsWith(" fails") && labels.includes(label.replace(/fails$/, "done"));
  return labels.filter((label) => !isSaid(label)).map((label) => (isEither(label) ? `${label} or fails` : label));
}

/** Arrows of states that are there for trying again or giving up are setbacks too. */
function toned(edges: Edge[], paths: readonly (readonly string[])[]): Edge[] {
  const setOff = setOffStates(edges, paths.flat());
  const happy = happyEdges(edges, paths);
  return edges.map((edge) => {
    const isSetback = edge.isFailure || edge.isBackward || setOff.has(edge.from) || setOff.has(edge.to);
    return { ...edge, tone: happy.has(edge) ? "happy" : isSetback ? "setback" : "plain" };
  });
}

/** States beside the happy path that a setback leads to, or that lead back. */
function setOffStates(edges: Edge[], path: readonly string[]): Set<string> {
  const isBeside = (id: string) => !path.includes(id) && !id.endsWith("#start");
  const found = new Set(edges.filter(({ isBackward, from }) => isBackward && isBeside(from)).map(({ from }) => from));
  const isNew = ({ from, to, isFailure, isBackward }: Edge) =>
    !found.has(to) && isBeside(to) && !isBackward && (isFailure || found.has(from));
  for (let next = edges.find(isNew); next !== undefined; next = edges.find(isNew)) found.add(next.to);
  return found;
}

function happyEdges(edges: Edge[], paths: readonly (readonly string[])[]): Set<Edge> {
  const found = new Set(
    edges.filter(({ from, to }) => from.endsWith("#start") && paths.some(([first]) => to === first)),
  );
  for (const path of paths) {
    for (const [index, to] of path.entries()) {
      const from = path[index - 1];
      if (from === undefined) continue;
      const direct = edges.filter((edge) => edge.from === from && edge.to === to);
      const steps = direct.length > 0 ? direct : edges.filter((edge) => isStep(edge, from, to));
      if (steps.length === 0) throw new Error(`the happy path goes from ${from} to ${to}, but no transition does`);
      for (const edge of steps) found.add(edge);
    }
  }
  return found;
}

/** Neighbours on the path are also a state and its first child, and leaving a state is leaving what contains it. */
function isStep(edge: Edge, from: string, to: string): boolean {
  if (isWithin(to, from)) return edge.from === startIdOf(from) && edge.to === to;
  return edge.to === to && (edge.from === from || isWithin(from, edge.from));
}

function withNotes({ root, transitions }: Chart): ChartState {
  const noted = (state: ChartState): ChartState => ({
    ...state,
    notes: [...state.notes, ...transitions.filter((each) => each.from === state.id && each.to === null).map(noteOf)],
    states: state.states.map(noted),
  });
  return noted(root);
}

function noteOf(transition: ChartTransition): string {
  return `${labelOf(transition)}: ${transition.actions.join(", ")}`;
}
