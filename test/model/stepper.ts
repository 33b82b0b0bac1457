import {
  createActor,
  type ActorScope,
  type AnyEventObject,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type AnyTransitionDefinition,
} from "xstate";

/** An actor that a machine starts, as an invoked effect or spawned. */
export interface Child {
  id: string;
  src: string;
  input: unknown;
}

export type Change = { kind: "start"; child: Child } | { kind: "stop"; id: string };

/** What one event does to a machine, without anything being executed. */
export interface Stepped {
  snapshot: AnyMachineSnapshot;
  /** Children that are started or stopped, in that order. */
  changes: Change[];
  taken: AnyTransitionDefinition[];
}

export interface Stepper {
  initial(input: unknown): Stepped;
  next(snapshot: AnyMachineSnapshot, event: AnyEventObject): Stepped;
}

type Scope = ActorScope<AnyMachineSnapshot, AnyEventObject>;
type Action = Parameters<Scope["actionExecutor"]>[0];

/**
 * Computes a machine's steps as xstate's `initialTransition` and `transition` do, and tells which transitions were taken,
 * which those do not.
 */
export function createStepper(machine: AnyStateMachine, input: unknown): Stepper {
  let actions: Action[] = [];
  let taken: AnyTransitionDefinition[] = [];
  const self = createActor(machine, {
    input,
    inspect: (event) => {
      if (event.type === "@xstate.microstep") taken.push(...event._transitions);
    },
  });
  const scope = inertScope(self, (action) => actions.push(action));
  const record = (compute: () => AnyMachineSnapshot): Stepped => {
    actions = [];
    taken = [];
    const snapshot = compute();
    return { snapshot, taken, changes: actions.flatMap(changeOf) };
  };
  return {
    initial: (given) => record(() => machine.getInitialSnapshot(scope as never, given)),
    next: (snapshot, event) => record(() => machine.transition(snapshot, event, scope as never)),
  };
}

/** A scope in which actions are handed over instead of being executed. */
function inertScope(
  self: ReturnType<typeof createActor<AnyStateMachine>>,
  actionExecutor: (action: Action) => void,
): Scope {
  const nothing = () => {};
  return {
    self: self as never,
    system: self.system,
    id: "",
    sessionId: "",
    logger: nothing,
    defer: nothing,
    emit: nothing,
    stopChild: nothing,
    actionExecutor,
  };
}

function changeOf({ type, params }: Action): Change[] {
  const about = params as Child | undefined;
  if (about === undefined) return [];
  if (type === "xstate.spawnChild")
    return [{ kind: "start", child: { id: about.id, src: about.src, input: about.input } }];
  return type === "xstate.stopChild" ? [{ kind: "stop", id: about.id }] : [];
}
