import {
  createActor,
  type AnyActor,
  type AnyStateMachine,
  type AnyTransitionDefinition,
  type InspectionEvent,
} from "xstate";
import { stepsTo, type Edge, type Explored, type Graph } from "./explore.ts";
import { ManualClock, settled } from "./manual-clock.ts";
import { Script } from "./script.ts";
import { eventOf, wordsOf, type Step } from "./steps.ts";
import type { Subject } from "./subject.ts";
import { pathOf, transitionNamesOf } from "./transitions.ts";

/** A way through a machine: an initial state and what happens from there. */
export interface Path {
  start: Explored;
  edges: Edge[];
}

/**
 * Paths that together take every transition that exploration found, and everything that may happen in a state once for
 * each state that it leads to; short ones, since the first way found is a shortest one.
 */
export function coveringPaths({ states, edges }: Graph): Path[] {
  const covered = new Set<string>();
  const paths: Path[] = [];
  const add = (end: Explored, last: Edge[]) => {
    const way = [...stepsTo(end), ...last];
    const start = way[0]?.from ?? end;
    const seen = [...start.initially, ...way.flatMap(sightsOf)];
    if (seen.every((name) => covered.has(name))) return;
    for (const name of seen) covered.add(name);
    paths.push({ start, edges: way });
  };
  for (const state of states) add(state, []);
  for (const edge of edges) if (sightsOf(edge).some((name) => !covered.has(name))) add(edge.from, [edge]);
  return paths;
}

/** What there is to be seen on an edge: its transitions, and the step with both of its ends. */
function sightsOf({ from, step, to, taken }: Edge): string[] {
  return [...taken, `${from.path}: ${wordsOf(step)} -> ${to.path}`];
}

/** One who looks on while a path is taken. */
export interface Onlooker {
  observe: (machine: AnyStateMachine) => AnyStateMachine;
  inspect: (event: InspectionEvent) => void;
  /** Called when the path has been taken, before the actor is stopped. */
  onEnd: (actor: AnyActor) => void;
}

const nobody: Onlooker = { observe: (machine) => machine, inspect: () => {}, onEnd: () => {} };

/**
 * Takes a path on a running actor and returns the names of the transitions that it took.
 *
 * @throws when the actor is elsewhere than exploration said.
 */
export async function walk(subject: Subject, { start, edges }: Path, onlooker = nobody): Promise<Set<string>> {
  const script = new Script();
  const clock = new ManualClock();
  const machine = onlooker.observe(script.applyTo(subject));
  const names = transitionNamesOf(machine);
  const taken = new Set<string>();
  const note = (transitions: AnyTransitionDefinition[]) => {
    for (const each of transitions) taken.add(names.get(each) ?? "").delete("");
  };
  const actor = createActor(machine, {
    clock,
    input: subject.inputs[start.input],
    inspect: (event) => {
      onlooker.inspect(event);
      if (event.type === "@xstate.microstep") note(event._transitions);
    },
  });
  actor.subscribe({ error: () => {} });
  actor.start();
  for (const { step, to } of edges) {
    perform(step, { actor, script, clock });
    await settled();
    const path = pathOf(actor.getSnapshot().value);
    if (path !== to.path) throw new Error(`${subject.name} is in ${path}, not in ${to.path}, after ${wordsOf(step)}`);
  }
  onlooker.onEnd(actor);
  actor.stop();
  return taken;
}

interface Running {
  actor: AnyActor;
  script: Script;
  clock: ManualClock;
}

function perform(step: Step, { actor, script, clock }: Running): void {
  if (step.kind === "done") script.resolve(step.child.id, step.output);
  else if (step.kind === "error") script.reject(step.child.id, step.error);
  else if (step.kind === "report")
    actor.getSnapshot().children[step.child.id].send({ type: "script.report", context: step.context });
  else if (step.kind === "delay") clock.fireDelay(delayOf(actor, step.label));
  else actor.send(eventOf(step));
}

/** The value of the delay that will send this event; no two delays have the same. */
function delayOf(actor: AnyActor, eventType: string): number {
  const scheduled = Object.values(actor.system.getSnapshot()._scheduledEvents).find(
    ({ event }) => event.type === eventType,
  );
  if (scheduled === undefined) throw new Error(`${eventType} is not awaited`);
  return scheduled.delay;
}
