import { allStates, type Chart, type ChartState, type ChartTransition } from "../chart/chart.ts";
import { happyPaths } from "../chart/happy-paths.ts";
import { type Diagram, type Edge, diagramOf, isWithin, startIdOf } from "./diagram.ts";

/** What the overview leaves out, by state of the child machines. */
const plan = {
  /** Only decides where to begin: drawn as the dot at the beginning. */
  choice: "boot.internet.start",
  /** Ends of child machines: the arrows of `boot` tell how it goes on from there. */
  ends: ["boot.internet.reported", "boot.internet.failed", "boot.networkd.failed", "boot.networkd.uplinkLost"],
  /** The end from which the happy path goes on, and where to. */
  reached: "boot.internet.reached",
  next: "boot.reached",
  /** Only stands for the way to a step, of which it is shown as a part. */
  passing: { "boot.reconsider": "boot.recover" } as Record<string, string>,
  /** What an operator may have done at any time: the picture of `boot` has it. */
  aside: "settings.changed",
};

/** The steps that a healthy boot visits: the happy paths of the machines, each child's in the state that invokes it. */
function happySteps(): string[] {
  const whole = happyPaths.boot.flat().flatMap((id) => [id, ...childPath(id)]);
  const isShown = (id: string) => id !== plan.choice && id !== plan.reached;
  return [...new Set(whole.filter(isShown).map(shownIdOf))];
}

function childPath(id: string): string[] {
  const child = id === "boot.internet" ? happyPaths.internet : id === "boot.networkd" ? happyPaths.networkd : [];
  return child.flat().map((each) => `boot.${each}`);
}

/**
 * The whole boot in one picture: `boot` with the steps of its children in it. What happens inside a step is left out but
 * for a note on what it waits for between its attempts.
 *
 * @throws Error when the machines have changed so that the plan of the picture does not hold any more
 */
export function overviewOf(boot: Chart, children: Record<"internet" | "networkd", Chart>): Diagram {
  const whole = Object.values(children).reduce((chart, child) => inlined(chart, child), boot);
  const ids = new Set(allStates(whole.root).map(({ id }) => id));
  const missing = [plan.choice, plan.reached, plan.next, ...plan.ends].filter((id) => !ids.has(id));
  if (missing.length > 0) throw new Error(`the overview names states that are not there: ${missing.join(", ")}`);
  const diagram = diagramOf(reduced(whole), [happySteps()]);
  return { ...diagram, edges: diagram.edges.map(quiet) };
}

/** What is as one expects needs no words, and of two labels the one with less conditions tells all. */
function quiet(edge: Edge): Edge {
  const labels = edge.labels.map((label) => label.replace(/ ?\[else\]$/, "")).filter(Boolean);
  const isTold = (label: string) => labels.some((other) => label.endsWith(` ${other}`));
  return { ...edge, labels: edge.tone === "happy" ? [] : labels.filter((label) => !isTold(label)) };
}

/** A machine with the states of a child machine in the state that invokes it, in place of those that it has there itself. */
function inlined(chart: Chart, child: Chart): Chart {
  const move = (id: string) => `${chart.root.id}.${id}`;
  const moved = (state: ChartState): ChartState => ({
    ...state,
    id: move(state.id),
    initial: state.initial && move(state.initial),
    states: state.states.map(moved),
  });
  const inner = moved(child.root);
  const states = chart.root.states.map((state) =>
    state.id === inner.id ? { ...inner, description: state.description } : state,
  );
  const transitions = child.transitions.map((each) => ({
    ...each,
    from: move(each.from),
    to: each.to && move(each.to),
  }));
  const whole = (id: string) => (isWithin(id, inner.id) ? inner.id : id);
  const around = chart.transitions.map((each) => ({ ...each, from: whole(each.from), to: each.to && whole(each.to) }));
  return { ...chart, root: { ...chart.root, states }, transitions: [...around, ...transitions] };
}

/** Steps instead of what is in them, and of their transitions those that lead from step to step. */
function reduced({ root, transitions, delays }: Chart): Chart {
  const shown = transitions
    .filter(({ to, event }) => to !== null && !plan.ends.includes(to) && !event.startsWith(plan.aside))
    .map((each) => ({
      ...each,
      from: shownIdOf(each.from),
      to: each.to && shownIdOf(each.to === plan.reached ? plan.next : each.to),
    }))
    .filter(({ from, to }) => to !== null && from !== to && !(isWithin(to, from) && from !== root.id));
  const isGood = ({ cause, isElse }: ChartTransition) => cause === "done" && !isElse;
  const isSame = (a: ChartTransition, b: ChartTransition) => a.from === b.from && a.to === b.to;
  const visible = shown
    .filter((each) => each.cause !== "error" || !shown.some((other) => isGood(other) && isSame(other, each)))
    .filter(({ from, to }) => !(to === plan.next && from === "boot.internet"))
    .map((each) => ({ ...each, event: each.cause === "done" ? "" : each.event }));
  return { root: folded(root, transitions.filter(isRetry)), transitions: visible, delays };
}

/** Whether it begins the next attempt of the same step. */
function isRetry({ cause, from, to, actions }: ChartTransition): boolean {
  return cause === "after" && actions.includes("countAttempt") && to !== null && shownIdOf(from) === shownIdOf(to);
}

/** The box in which a state is shown: its own, or that of the step that it belongs to. */
function shownIdOf(id: string): string {
  if (id === plan.choice) return startIdOf("boot.internet");
  const [boot, stage, step] = (plan.passing[id] ?? id).split(".");
  const isOpen = stage === "internet" || stage === "networkd";
  return [boot, stage, isOpen ? step : undefined].filter(Boolean).join(".");
}

function folded(state: ChartState, waits: ChartTransition[]): ChartState {
  const hidden = [plan.choice, plan.reached, ...plan.ends];
  const states = state.states
    .filter(({ id }) => !hidden.includes(id) && shownIdOf(id) === id)
    .map((each) => folded(each, waits));
  const own = waits.filter(({ from }) => shownIdOf(from) === state.id).map(({ event }) => event.replace("after ", ""));
  const notes = own.length === 0 ? [] : [`retries after ${[...new Set(own)].join(", ")}`];
  const kind = states.length === 0 && state.kind === "compound" ? "atomic" : state.kind;
  const initial = state.initial !== null && shownIdOf(state.initial) === state.initial ? state.initial : null;
  return { ...state, kind, notes, states, initial: states.length === 0 ? null : initial };
}
