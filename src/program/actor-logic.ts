import { fromEventObservable, fromPromise, type EventObject, type Observer, type Subscribable } from "xstate";
import type { Effect, Effects, Watch } from "../contract.ts";
import { BootError, messageOf } from "../errors.ts";

/** Makes an effect the logic of an actor; what it throws says in which step it happened. */
export function effectLogic<Input, Facts>(step: string, effect: Effect<Input, Facts>) {
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

/** Gives the actor logic of each effect by name. */
export function actorsFor<Given extends Partial<Effects>>(effects: Given) {
  return <Name extends keyof Effects & keyof Given>(name: Name) =>
    effectLogic(name, effects[name] as Effect<Parameters<Effects[Name]>[0], Awaited<ReturnType<Effects[Name]>>>);
}

/** Makes a watch the logic of an actor that sends its parent an event for each fact, and fails when the watch fails. */
export function watchLogic<Input, Fact, Event extends EventObject>(
  watch: Watch<Input, Fact>,
  toEvent: (fact: Fact) => Event,
) {
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
