import { describe, expect, test } from "vitest";
import { maxAttempts } from "../../src/policy/timing.ts";
import type { Edge, Explored, Graph } from "./explore.ts";
import type { Subject } from "./subject.ts";
import { stateNodesOf } from "./transitions.ts";

interface BoundedStep {
  /** The identifier of the state that has the attempts and the retry. */
  step: string;
  effects: string[];
}

/** The steps of a machine whose attempts are bounded, with the effects that are tried in them. */
export function boundedSteps({ machine }: Subject): BoundedStep[] {
  const nodes = stateNodesOf(machine);
  const retries = nodes.filter(
    (node) => node.always?.some(({ target }) => target !== undefined) && node.key === "retry",
  );
  return retries.map((retry) => {
    const step = retry.id.slice(0, retry.id.lastIndexOf("."));
    const invokes = nodes.filter((node) => node.id.startsWith(`${step}.`)).flatMap((node) => node.invoke);
    return { step, effects: invokes.map(({ id }) => id) };
  });
}

export function isIn({ snapshot }: Explored, step: string): boolean {
  return snapshot._nodes.some(({ id }) => id === step);
}

/** The next failure of an effect of the step; until then its own delays pass, and no other's. */
export function failing({ edges }: Explored, { step: parent, effects }: BoundedStep): Edge | undefined {
  const error = edges.find(({ step }) => step.kind === "error" && effects.includes(step.child.id));
  return error ?? edges.find(({ step }) => step.kind === "delay" && step.label.includes(`.${parent}.`));
}

/** How often the effect of a step that is tried most is tried, when all of them always fail. */
export function attemptsFrom(start: Explored, step: BoundedStep): number {
  const attempts = new Map<string, number>();
  const most = () => Math.max(0, ...attempts.values());
  let state = start;
  while (isIn(state, step.step)) {
    const edge = failing(state, step);
    if (edge === undefined) break;
    if (edge.step.kind === "error") attempts.set(edge.step.child.id, (attempts.get(edge.step.child.id) ?? 0) + 1);
    state = edge.to;
    if (most() > 2 * maxAttempts) break;
  }
  return most();
}

/** Each step of a machine is tried as often as the bound says, and no more. */
export function describeAttempts({ subject, states }: Graph): void {
  describe("a step whose effect always fails", () => {
    test.each(boundedSteps(subject))(`is tried ${maxAttempts} times: $step`, (step) => {
      const start = states.find((state) => isIn(state, step.step));
      expect(start && attemptsFrom(start, step)).toBe(maxAttempts);
    });
  });
}
