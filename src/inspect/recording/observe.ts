import type { AnyActorLogic, AnyActorRef, AnyStateMachine } from "xstate";

/** Who is told what XState's own inspection leaves out. */
export interface Observer {
  /** Called with each answer of a guard, before the transition that it decides on. */
  onGuard: (machine: string, guard: string, passed: boolean) => void;
  /** Starts an effect: must call `begin`, and may do so in an environment by which its commands are known again. */
  around: (effect: AnyActorRef, begin: () => void) => void;
}

type Guard = (args: unknown, params: unknown) => boolean;

/**
 * The same machine, and all machines in it, telling an observer of what XState's own inspection leaves out. Guards that
 * are not functions (combinations of others) tell by those that they consist of.
 */
export function observed<Machine extends AnyStateMachine>(machine: Machine, observer: Observer): Machine {
  const { guards, actors } = machine.implementations as {
    guards: Record<string, Guard>;
    actors: Record<string, AnyActorLogic>;
  };
  const mapped = <Value>(record: Record<string, Value>, change: (value: Value, name: string) => Value) =>
    Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value, name)]));
  return machine.provide({
    guards: mapped(guards, (guard, name) =>
      tellingGuard(guard, (passed) => observer.onGuard(machine.id, name, passed)),
    ),
    actors: mapped(actors, (logic) => (isMachine(logic) ? observed(logic, observer) : tellingEffect(logic, observer))),
  }) as Machine;
}

/** Whether an actor's logic is a statechart. */
export function isMachine(logic: unknown): logic is AnyStateMachine {
  return typeof logic === "object" && logic !== null && "root" in logic && "implementations" in logic;
}

function tellingGuard(guard: Guard, tell: (passed: boolean) => void): Guard {
  if (typeof guard !== "function" || "check" in guard) return guard;
  return (args, params) => {
    const passed = guard(args, params);
    tell(passed);
    return passed;
  };
}

function tellingEffect(logic: AnyActorLogic, { around }: Observer): AnyActorLogic {
  const { start } = logic;
  if (start === undefined) return logic;
  return {
    ...logic,
    start: (snapshot, scope) => around(scope.self, () => start(snapshot, scope)),
  };
}
