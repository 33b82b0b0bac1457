import type { AnyEventObject } from "xstate";
import type { Child } from "./stepper.ts";

/** What a child may come to: the value depends on the child's input; an error is what it fails with. */
export type Outcome = (input: never) => unknown;

/** One thing that happens to a machine: a child's result, a child's report, a delay that has passed, an event from outside. */
export type Step =
  | { kind: "done"; child: Child; label: string; output: unknown }
  | { kind: "error"; child: Child; label: string; error: Error }
  | { kind: "report"; child: Child; label: string; context: unknown }
  | { kind: "delay"; label: string }
  | { kind: "event"; label: string; event: AnyEventObject };

/** The event that a machine gets when the step happens. */
export function eventOf(step: Step): AnyEventObject {
  switch (step.kind) {
    case "done":
      return { type: `xstate.done.actor.${step.child.id}`, output: step.output, actorId: step.child.id };
    case "error":
      return { type: `xstate.error.actor.${step.child.id}`, error: step.error, actorId: step.child.id };
    case "report":
      return { type: `xstate.snapshot.${step.child.id}`, snapshot: { status: "active", context: step.context } };
    case "delay":
      return { type: step.label };
    case "event":
      return step.event;
  }
}

/** The step in words, for failure messages. */
export function wordsOf(step: Step): string {
  return "child" in step ? `${step.child.id} ${step.kind}: ${step.label}` : `${step.kind} ${step.label}`;
}

/** Whether the step is the last of its child. */
export function isEnd(step: Step): step is Extract<Step, { kind: "done" | "error" }> {
  return step.kind === "done" || step.kind === "error";
}
