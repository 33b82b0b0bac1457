import {
  fromPromise,
  type ActorLogic,
  type AnyActorLogic,
  type AnyActorRef,
  type AnyStateMachine,
  type EventObject,
  type Snapshot,
} from "xstate";
import type { Outcome } from "./steps.ts";
import type { Subject } from "./subject.ts";

interface Ends {
  resolve: (output: unknown) => void;
  reject: (error: Error) => void;
}

/** Children whose results the test decides, by their identifiers. */
export class Script {
  #ends = new Map<string, Ends>();
  #delays = 0;

  /** The machine with every child replaced by a scripted one, and every delay by a value that no other delay has. */
  applyTo({ machine, reports, watches }: Subject): AnyStateMachine {
    const logicOf = (src: string): AnyActorLogic => {
      const [firstReport] = Object.values(reports[src] ?? {});
      if (firstReport !== undefined) return this.#talkative(firstReport);
      return watches.includes(src) ? this.#talkative(() => null) : this.#promise();
    };
    const { actors, delays } = machine.implementations;
    return machine.provide({
      actors: mapKeys(actors, logicOf),
      delays: mapKeys(delays, () => () => this.#nextDelay()),
    } as never);
  }

  resolve(id: string, output: unknown): void {
    this.#end(id).resolve(output);
  }

  reject(id: string, error: Error): void {
    this.#end(id).reject(error);
  }

  #end(id: string): Ends {
    const ends = this.#ends.get(id);
    if (ends === undefined) throw new Error(`${id} has not been started`);
    return ends;
  }

  #nextDelay(): number {
    this.#delays += 1;
    return this.#delays;
  }

  #promise(): AnyActorLogic {
    return fromPromise<unknown>(
      ({ self }) =>
        new Promise((resolve, reject) => {
          this.#ends.set(self.id, { resolve, reject });
        }),
    );
  }

  #talkative(firstReport: Outcome): AnyActorLogic {
    return talkativeLogic(firstReport, (self) =>
      this.#ends.set(self.id, {
        resolve: (output) => self.send({ type: "script.done", output }),
        reject: (error) => self.send({ type: "script.error", error }),
      }),
    );
  }
}

type TalkativeSnapshot = Snapshot<unknown> & { context: unknown };
type Told = EventObject & { context?: unknown; output?: unknown; error?: unknown };

/** A child that tells its parent of its context before it ends, as a spawned machine with `syncSnapshot` does. */
function talkativeLogic(
  firstReport: Outcome,
  onStart: (self: AnyActorRef) => void,
): ActorLogic<TalkativeSnapshot, Told, unknown> {
  return {
    start: (_, { self }) => onStart(self),
    transition: (snapshot, { type, context, output, error }) => {
      if (type === "script.report") return { ...snapshot, context };
      const ended = { output, error: undefined, context: snapshot.context };
      if (type === "script.done") return { ...ended, status: "done" };
      if (type === "script.error") return { ...ended, status: "error", output: undefined, error };
      return type === "xstate.stop" ? { ...ended, status: "stopped", output: undefined } : snapshot;
    },
    getInitialSnapshot: (_, input) => ({
      status: "active",
      output: undefined,
      error: undefined,
      context: firstReport(input as never),
    }),
    getPersistedSnapshot: (snapshot) => snapshot,
  };
}

function mapKeys<Value>(record: object, value: (key: string) => Value): Record<string, Value> {
  return Object.fromEntries(Object.keys(record).map((key) => [key, value(key)]));
}
