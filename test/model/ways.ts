import type { Edge, Explored, Graph } from "./explore.ts";
import type { Subject } from "./subject.ts";

/** Whether a step is a child's result or report, or a delay: what comes without an operator. */
export function isOwn({ step }: Edge): boolean {
  return step.kind !== "event";
}

/** The states from which some way leads to a goal. */
export function leadingTo(graph: Graph, isGoal: (state: Explored) => boolean): Set<Explored> {
  const before = new Map<Explored, Explored[]>();
  for (const { from, to } of graph.edges.filter(isOwn)) before.set(to, [...(before.get(to) ?? []), from]);
  const found = new Set(graph.states.filter(isGoal));
  for (const state of found) for (const each of before.get(state) ?? []) found.add(each);
  return found;
}

/** The goal to which a state leads when every effect succeeds, or the state in which it ends or goes round instead. */
export function healthyEnd(subject: Subject, from: Explored, isGoal: (state: Explored) => boolean): Explored {
  const seen = new Set<Explored>();
  let state = from;
  while (!isGoal(state) && !seen.has(state)) {
    seen.add(state);
    const edge = healthyEdge(subject, state);
    if (edge === undefined) return state;
    state = edge.to;
  }
  return state;
}

/** What happens next in a healthy world: an effect succeeds, or, when none is at work, a delay passes. */
function healthyEdge(subject: Subject, { edges }: Explored): Edge | undefined {
  const success = edges.find(
    ({ step }) => step.kind === "done" && step.label === Object.keys(subject.outcomes[step.child.src] ?? {})[0],
  );
  return success ?? edges.find(({ step }) => step.kind === "delay");
}
