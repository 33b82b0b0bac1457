import {
  type AnyActorLogic,
  type AnyStateMachine,
  type EventObject,
  fromEventObservable,
  fromPromise,
  type Observer,
  type Subscribable,
} from "xstate";
import type { Effect, Effects, Watch, Watches } from "../ports.ts";
import { BootError, messageOf } from "../errors.ts";

/** What stands for an effect or a watch in a machine, see machines/actors.ts. */
type Stand =
  | { effect: keyof Effects }
  | { watch: keyof Watches; toEvent: (tidings: unknown) => EventObject }
  | AnyStateMachine;

/**
 * A machine, and all machines in it, with the effects and watches that they name: `bootMachine` with all of them is the
 * whole program but for what surrounds it. One that is not given stays what it is: it fails when a machine asks for it.
 */
export function compose<Machine extends AnyStateMachine>(machine: Machine, given: Partial<Effects & Watches>): Machine {
  const stands = machine.implementations.actors as unknown as Record<string, Stand>;
  const actors = Object.entries(stands).map(([name, stand]) => [name, logicFor(stand, given)]);
  return machine.provide({ actors: Object.fromEntries(actors) as Record<string, AnyActorLogic> }) as Machine;
}

function logicFor(stand: Stand, given: Partial<Effects & Watches>): unknown {
  if ("effect" in stand) {
    const effect = given[stand.effect] as Effect<unknown, unknown> | undefined;
    return effect === undefined ? stand : effectLogic(stand.effect, effect);
  }
  if ("watch" in stand) {
    const watch = given[stand.watch] as Watch<unknown, unknown> | undefined;
    return watch === undefined ? stand : watchLogic(watch, stand.toEvent);
  }
  return compose(stand, given);
}

/** Makes an effect the logic of an actor; what it throws says in which step it happened. */
function effectLogic<Input, Facts>(step: string, effect: Effect<Input, Facts>) {
  return fromPromise<Facts, Input>(async ({ input, signal }) => {
    try {
      return await effect(input, { signal });
    } catch (error) {
      throw error instanceof BootError
        ? error.inStep(step)
        : new BootError("command-failed", messageOf(error), { step, cause: error });
    }
  });
}

/** Makes a watch the logic of an actor that sends its parent an event for each fact, and fails when the watch fails. */
function watchLogic<Input, Fact, Event extends EventObject>(watch: Watch<Input, Fact>, toEvent: (fact: Fact) => Event) {
  return fromEventObservable<Event, Input>(({ input }) => {
    const subscribe = (observer: Observer<Event>) => {
      const controller = new AbortController();
      const emit = (fact: Fact) => {
        observer.next?.(toEvent(fact));
      };
      watch(input, { signal: controller.signal, emit }).catch((error: unknown) => {
        if (!controller.signal.aborted) observer.error?.(error);
      });
      return {
        unsubscribe: () => {
          controller.abort();
        },
      };
    };
    return { subscribe } as Subscribable<Event>;
  });
}
