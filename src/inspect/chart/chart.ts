import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from "xstate";
import { type Cause, triggerOf } from "./triggers.ts";

/** A state as data, with the states in it. */
export interface ChartState {
  /** Path such as `internet.bridge.attempt`, which begins with the machine's name. */
  id: string;
  name: string;
  description: string;
  kind: "atomic" | "compound" | "parallel" | "final";
  /** The child that is entered first; null without children and in parallel states. */
  initial: string | null;
  /** Small lines below the description, such as what happens without leaving the state. */
  notes: string[];
  states: ChartState[];
}

/** A transition as data, in words. */
export interface ChartTransition {
  /** Unique in its chart. */
  id: string;
  from: string;
  /** Null when the state stays what it is. */
  to: string | null;
  cause: Cause;
  /** Empty when a guard alone decides. */
  event: string;
  guard: string | null;
  /** Whether it is what remains when the guards of the transitions before it say no. */
  isElse: boolean;
  actions: string[];
}

/** A machine as data: what pictures, tables and a live page show. */
export interface Chart {
  root: ChartState;
  transitions: ChartTransition[];
  /** Names of the delays, in the order of their first use. */
  delays: string[];
}

/** Everything that a machine says about itself, as plain data in the order of declaration. */
export function chartOf(machine: AnyStateMachine): Chart {
  const nodes = withDescendants(machine.root);
  return {
    root: stateOf(machine.root),
    transitions: nodes.flatMap(transitionsOf),
    delays: [...new Set(nodes.flatMap((node) => node.after.map(({ delay }) => String(delay))))],
  };
}

/** A state and all states below it, in the order of declaration. */
export function allStates(state: ChartState): ChartState[] {
  return [state, ...state.states.flatMap(allStates)];
}

function childrenOf(node: AnyStateNode): AnyStateNode[] {
  return Object.values(node.states as Record<string, AnyStateNode>);
}

function withDescendants(node: AnyStateNode): AnyStateNode[] {
  return [node, ...childrenOf(node).flatMap(withDescendants)];
}

function stateOf(node: AnyStateNode): ChartState {
  const initial = node.type === "compound" ? (node.initial.target[0] as AnyStateNode).id : null;
  return {
    id: node.id,
    name: node.key,
    description: node.description ?? "",
    kind: node.type === "history" ? "atomic" : node.type,
    initial,
    notes: [],
    states: childrenOf(node).map(stateOf),
  };
}

/** A state's transitions as they are declared: each with its event, its place among those for the same event, and its id. */
function declaredIn(node: AnyStateNode): { id: string; event: string; index: number; each: AnyTransitionDefinition }[] {
  const byEvent = node.transitions as Map<string, AnyTransitionDefinition[]>;
  const lists: [string, AnyTransitionDefinition[]][] = [...byEvent, ["", node.always ?? []]];
  return lists.flatMap(([event, list]) =>
    list.map((each, index) => ({ id: `${node.id} ${event || "always"} ${index}`, event, index, each })),
  );
}

/** The id that each transition of a machine has in its chart. */
export function transitionIdsOf(machine: AnyStateMachine): Map<AnyTransitionDefinition, string> {
  return new Map(
    withDescendants(machine.root)
      .flatMap(declaredIn)
      .map(({ each, id }) => [each, id]),
  );
}

function transitionsOf(node: AnyStateNode): ChartTransition[] {
  return declaredIn(node).map(({ id, event, index, each }) => ({
    id,
    ...transitionOf(each, event),
    isElse: index > 0 && each.guard === undefined,
  }));
}

function transitionOf(definition: AnyTransitionDefinition, event: string): Omit<ChartTransition, "id" | "isElse"> {
  const { cause, words } = triggerOf(event);
  const target = definition.target?.[0] as AnyStateNode | undefined;
  return {
    from: definition.source.id,
    to: target?.id ?? null,
    cause,
    event: words,
    guard: definition.guard === undefined ? null : nameOf(definition.guard),
    actions: definition.actions.map(nameOf),
  };
}

/** Named guards and actions have a name; an `assign` in place says which parts of the context it sets, if it can. */
export function nameOf(part: unknown): string {
  if (typeof part === "string") return part;
  const { type, assignment } = part as { type?: string; assignment?: unknown };
  if (type !== "xstate.assign") return type ?? "inline";
  if (typeof assignment !== "object" || assignment === null) return "keeps the result";
  return `sets ${Object.keys(assignment).join(", ")}`;
}
