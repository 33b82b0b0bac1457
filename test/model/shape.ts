import type { AnyStateNode } from "xstate";
import { describe, expect, test } from "vitest";
import type { Subject } from "./subject.ts";
import { stateNodesOf } from "./transitions.ts";

interface InvokeConfig {
  id?: string;
  src: string;
  onDone?: unknown;
  onError?: unknown;
}

/** The invokes as they are written: xstate gives those without an identifier one of its own. */
function invokesOf({ config }: AnyStateNode): InvokeConfig[] {
  return [(config.invoke ?? []) as InvokeConfig | InvokeConfig[]].flat();
}

/** The statechart as it is written keeps the rules of all statecharts. */
export function describeShape({ machine, watches, steady = [] }: Subject): void {
  describe("the statechart", () => {
    const nodes = stateNodesOf(machine);
    const invokes = nodes.flatMap(invokesOf);
    const mayFail = invokes.filter(({ src }) => !steady.includes(src));

    test("gives every effect an identifier of its own", () => {
      expect(invokes.filter(({ id }) => id === undefined)).toEqual([]);
    });

    test("says of every effect where success and failure lead", () => {
      expect(mayFail.filter(({ onError }) => onError === undefined)).toEqual([]);
      expect(invokes.filter(({ src, onDone }) => onDone === undefined && !watches.includes(src))).toEqual([]);
    });

    test("describes every state in one sentence", () => {
      const isSentence = (text = "") => /^[^.?!]*(?:\.\w[^.?!]*)*[.?]$/.test(text);
      expect(
        nodes.filter(({ description }) => !isSentence(description)).map(({ id, description }) => [id, description]),
      ).toEqual([]);
    });

    test("uses only delays that have a name and a source", () => {
      const used = nodes.flatMap((node) => node.after.map(({ delay }) => String(delay)));
      expect(used.filter((name) => !(name in machine.implementations.delays))).toEqual([]);
    });

    test("leaves no named action, guard, delay or effect without use", () => {
      const written = JSON.stringify(machine.config, (_, value: unknown) => value);
      const { actions, guards, delays, actors } = machine.implementations;
      const spawned = ["probe", "releaseNic"];
      const named = [actions, guards, delays, actors].flatMap((record) => Object.keys(record));
      expect(named.filter((name) => !written.includes(`"${name}"`) && !spawned.includes(name))).toEqual([]);
    });
  });
}
