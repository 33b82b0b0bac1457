import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from "xstate";

/** A state with all states below it. */
function family(node: AnyStateNode): AnyStateNode[] {
  return [node, ...Object.values(node.states as Record<string, AnyStateNode>).flatMap(family)];
}

/** Every state of a machine, the root first. */
export function stateNodesOf(machine: AnyStateMachine): AnyStateNode[] {
  return family(machine.root);
}

/** Every transition of a machine with a name that people can find in the picture; the names are unique. */
export function transitionNamesOf(machine: AnyStateMachine): Map<AnyTransitionDefinition, string> {
  return new Map(stateNodesOf(machine).flatMap(namedTransitions));
}

function namedTransitions(node: AnyStateNode): [AnyTransitionDefinition, string][] {
  const byEvent = node.transitions as Map<string, AnyTransitionDefinition[]>;
  const lists: [string, AnyTransitionDefinition[]][] = [...byEvent, ["always", node.always ?? []]];
  return lists.flatMap(([event, list]) =>
    list.map((each, index): [AnyTransitionDefinition, string] => [each, nameOf(each, `${event}[${index}]`)]),
  );
}

function nameOf({ source, target }: AnyTransitionDefinition, cause: string): string {
  const targets = ((target ?? []) as AnyStateNode[]).map((each) => each.id).join(" + ");
  return `${source.id} --${cause}--> ${targets || "(stays)"}`;
}

/** Identifiers of the children that a machine has for as long as it is in a certain state. */
export function invokedIdsOf(machine: AnyStateMachine): Set<string> {
  return new Set(stateNodesOf(machine).flatMap((node) => node.invoke.map((each) => each.id)));
}

/** The types of the events that a machine takes from outside, which are not results of its own children or delays. */
export function outsideEventsOf(machine: AnyStateMachine): string[] {
  const all = stateNodesOf(machine).flatMap((node) => [...(node.transitions as Map<string, unknown>).keys()]);
  return [...new Set(all)].filter((type) => !type.startsWith("xstate."));
}

/** The events of the delays that run in these states. */
export function delayEventsOf(nodes: AnyStateNode[]): string[] {
  return [...new Set(nodes.flatMap((node) => node.after.map((each) => each.eventType)))];
}

/** The state's path such as `reach.attempt`; parallel regions are joined by `+`. */
export function pathOf(value: unknown): string {
  if (typeof value === "string") return value;
  const regions = Object.entries(value as Record<string, unknown>).map(([key, inner]) => {
    const rest = pathOf(inner);
    return rest === "" ? key : `${key}.${rest}`;
  });
  return regions.join("+");
}
