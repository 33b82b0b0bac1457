import type { AnyEventObject, AnyMachineSnapshot, AnyStateMachine, AnyStateNode, InspectionEvent } from "xstate";
import { messageOf } from "../../errors.ts";
import { nameOf, transitionIdsOf } from "../chart/chart.ts";
import type { Json, TransitionRecord } from "./records.ts";

/** XState's news of one transition of an actor. */
export type Microstep = Extract<InspectionEvent, { type: "@xstate.microstep" }>;

/** Data of an event that takes more characters than this is left out. */
const dataLimit = 2_000;

/** What a transition's record says of those that were taken. */
export function describeTaken(microstep: Microstep, machine: AnyStateMachine): TransitionRecord["taken"] {
  const ids = idsOf(machine);
  return microstep._transitions.map((each) => ({
    id: ids.get(each) ?? "",
    source: each.source.id,
    event: String(each.eventType),
    guard: each.guard === undefined ? null : nameOf(each.guard),
    target: ((each.target ?? []) as AnyStateNode[]).map(({ id }) => id),
  }));
}

const known = new WeakMap<AnyStateMachine, ReturnType<typeof transitionIdsOf>>();

function idsOf(machine: AnyStateMachine): ReturnType<typeof transitionIdsOf> {
  const ids = known.get(machine) ?? transitionIdsOf(machine);
  known.set(machine, ids);
  return ids;
}

/** Ids of the innermost states that are active, in the order of declaration. */
export function activeStates({ _nodes }: AnyMachineSnapshot): string[] {
  const innermost = (_nodes as AnyStateNode[]).filter(({ type }) => type === "atomic" || type === "final");
  return innermost.toSorted((a, b) => a.order - b.order).map(({ id }) => id);
}

/** Where a state is entered: XState tells of a machine when it may have gone on from there already. */
export function initialStates(node: AnyStateNode): string[] {
  if (node.type === "parallel")
    return Object.values(node.states as Record<string, AnyStateNode>).flatMap(initialStates);
  const first = node.type === "compound" ? (node.initial.target[0] as AnyStateNode | undefined) : undefined;
  return first === undefined ? [node.id] : initialStates(first);
}

/** What an event brought beside its name, an error as what it says; nothing when it is large or of no interest. */
export function dataOf({ type, ...event }: AnyEventObject): Json | undefined {
  if (type === "xstate.init" || type === "xstate.stop" || type.startsWith("xstate.snapshot.")) return undefined;
  const { actorId: _, error, ...rest } = event as Record<string, unknown>;
  const text = JSON.stringify({ ...rest, ...(error !== undefined && { error: messageOf(error) }) });
  return text === "{}" || text.length > dataLimit ? undefined : (JSON.parse(text) as Json);
}
