import type { AnyMachineSnapshot, AnyTransitionDefinition } from "xstate";
import { createStepper, type Change, type Child, type Stepped, type Stepper } from "./stepper.ts";
import { eventOf, isEnd, wordsOf, type Outcome, type Step } from "./steps.ts";
import type { Subject } from "./subject.ts";
import { delayEventsOf, invokedIdsOf, outsideEventsOf, pathOf, transitionNamesOf } from "./transitions.ts";

/** A reachable state of a machine: its value, what of its context counts, and the children that are at work. */
export interface Explored {
  input: string;
  path: string;
  snapshot: AnyMachineSnapshot;
  alive: Child[];
  /** Identifiers of all spawned children so far, ended ones too. */
  spawned: string[];
  /** The step by which breadth-first search came here first; null for initial states. */
  arrival: Edge | null;
  /** Names of the transitions that starting the machine takes; none for states that come later. */
  initially: string[];
  edges: Edge[];
}

export interface Edge {
  from: Explored;
  step: Step;
  to: Explored;
  /** Names of the transitions that the step takes. */
  taken: string[];
  /** Children that the step starts or stops, in that order. */
  changes: Change[];
}

export interface Graph {
  subject: Subject;
  states: Explored[];
  edges: Edge[];
}

/** What of a machine is the same in all of its states. */
interface Model {
  subject: Subject;
  stepper: Stepper;
  names: Map<AnyTransitionDefinition, string>;
  invokedIds: Set<string>;
  outsideEvents: string[];
}

function modelOf(subject: Subject): Model {
  return {
    subject,
    stepper: createStepper(subject.machine, Object.values(subject.inputs)[0]),
    names: transitionNamesOf(subject.machine),
    invokedIds: invokedIdsOf(subject.machine),
    outsideEvents: outsideEventsOf(subject.machine),
  };
}

/** All states that a machine can reach, whatever its children come to, in breadth-first order. */
export function explore(subject: Subject): Graph {
  const model = modelOf(subject);
  const known = new Map<string, Explored>();
  const queue = Object.entries(subject.inputs).map(([input, value]) => begin(model, input, value));
  for (const state of queue) known.set(keyOf(subject, state), state);
  for (const from of queue) {
    for (const step of stepsFrom(model, from)) {
      const edge = arrive(model, from, step);
      const key = keyOf(subject, edge.to);
      const to = known.get(key) ?? edge.to;
      from.edges.push({ ...edge, to });
      if (to !== edge.to) continue;
      to.arrival = edge;
      known.set(key, to);
      queue.push(to);
    }
  }
  return { subject, states: queue, edges: queue.flatMap((state) => state.edges) };
}

function begin(model: Model, input: string, value: unknown): Explored {
  const stepped = model.stepper.initial(value);
  return { ...place(model, stepped, { input, alive: [], spawned: [] }), initially: namesOf(model, stepped) };
}

function arrive(model: Model, from: Explored, step: Step): Edge {
  const stepped = model.stepper.next(from.snapshot, eventOf(step));
  const alive = isEnd(step) ? from.alive.filter((child) => child.id !== step.child.id) : from.alive;
  const to = place(model, stepped, { ...from, alive });
  return { from, step, to, taken: namesOf(model, stepped), changes: stepped.changes };
}

function namesOf({ names }: Model, { taken }: Stepped): string[] {
  return taken.flatMap((each) => names.get(each) ?? []);
}

function place(
  { invokedIds }: Model,
  { snapshot, changes }: Stepped,
  before: Pick<Explored, "input" | "alive" | "spawned">,
): Explored {
  const started = changes.flatMap((change) => (change.kind === "start" ? [change.child.id] : []));
  return {
    input: before.input,
    path: pathOf(snapshot.value),
    snapshot,
    alive: snapshot.status === "active" ? changes.reduce(applied, before.alive) : [],
    spawned: [...new Set([...before.spawned, ...started.filter((id) => !invokedIds.has(id))])],
    arrival: null,
    initially: [],
    edges: [],
  };
}

function applied(alive: Child[], change: Change): Child[] {
  return change.kind === "start" ? [...alive, change.child] : alive.filter((child) => child.id !== change.id);
}

function keyOf(subject: Subject, { snapshot, path, alive, spawned }: Explored): string {
  const children = alive.filter(({ src }) => subject.beside?.includes(src) !== true).map(({ id }) => id);
  return JSON.stringify([
    path,
    snapshot.status,
    children.toSorted(),
    spawned.toSorted(),
    subject.relevant(snapshot.context as never, path),
  ]);
}

/** Everything that may happen in a state. */
function stepsFrom({ subject, outsideEvents }: Model, { snapshot, alive }: Explored): Step[] {
  if (snapshot.status !== "active") return [];
  const delays = delayEventsOf(snapshot._nodes).map((label): Step => ({ kind: "delay", label }));
  const events = outsideEvents.flatMap((type) => eventSteps(subject, type));
  return [...alive.flatMap((child) => childSteps(subject, child)), ...delays, ...events];
}

function eventSteps(subject: Subject, type: string): Step[] {
  const known = subject.events[type];
  if (known === undefined) throw new Error(`the model of ${subject.name} has no event ${type}: add it to its subject`);
  return known.map((event, index) => ({ kind: "event", label: `${type} ${index + 1}`, event }));
}

function childSteps(subject: Subject, child: Child): Step[] {
  const outcomes = subject.outcomes[child.src];
  if (outcomes === undefined)
    throw new Error(`the model of ${subject.name} has no outcomes of ${child.src}: add them to its subject`);
  const values = (record: Record<string, Outcome>) =>
    Object.entries(record).map(([label, value]) => [label, value(child.input as never)] as const);
  return [
    ...values(outcomes).map(([label, output]): Step =>
      output instanceof Error ? { kind: "error", child, label, error: output } : { kind: "done", child, label, output },
    ),
    ...values(subject.reports[child.src] ?? {}).map(([label, context]): Step => ({
      kind: "report",
      child,
      label,
      context,
    })),
    ...(subject.steady?.includes(child.src) === true ? [] : [fails(child)]),
  ];
}

function fails(child: Child): Step {
  return { kind: "error", child, label: "fails", error: new Error(`${child.id} failed`) };
}

/** The steps from an initial state to this one, for replaying and for failure messages. */
export function stepsTo(state: Explored): Edge[] {
  const edges: Edge[] = [];
  for (let at = state; at.arrival !== null; at = at.arrival.from) edges.unshift(at.arrival);
  return edges;
}

/** A state with the way to it, in words. */
export function story(state: Explored): string {
  const steps = stepsTo(state).map(({ step, to }) => `  ${wordsOf(step)} -> ${to.path}`);
  return [`${state.path} (started with: ${state.input})`, ...steps].join("\n");
}
