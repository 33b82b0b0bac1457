import { expect, test } from "vitest";
import { boundedSteps, describeAttempts } from "./attempts.ts";
import type { Graph } from "./explore.ts";
import { describeInvariants } from "./invariants.ts";
import { testRecords } from "./recorded.ts";
import { describeShape } from "./shape.ts";
import { transitionNamesOf } from "./transitions.ts";
import { coveringPaths, walk } from "./walk.ts";

/** What is asked of every machine: its shape, its invariants, its bounds, and that all of it is walked and recorded. */
export function describeMachine(graph: Graph): void {
  describeShape(graph.subject);
  describeInvariants(graph);
  if (boundedSteps(graph.subject).length > 0) describeAttempts(graph);
  testWalk(graph);
  testRecords(graph);
}

function testWalk(graph: Graph): void {
  test("every transition is taken by a running actor, which is always where exploration said", async ({ task }) => {
    const all = [...transitionNamesOf(graph.subject.machine).values()];
    const walked = new Set<string>();
    const count = { walked: 0, total: all.length };
    task.meta.transitions = count;
    for (const path of coveringPaths(graph)) {
      for (const name of await walk(graph.subject, path)) walked.add(name);
      count.walked = walked.size;
    }
    expect(new Set(all).size, "names are unique").toBe(all.length);
    expect(
      all.filter((name) => !walked.has(name)),
      "transitions not walked",
    ).toEqual([]);
  });
}
