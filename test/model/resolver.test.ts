import { expect, test } from "vitest";
import type { ResolverContext } from "../../machines/resolver.ts";
import { describeMachine } from "./every-machine.ts";
import { explore } from "./explore.ts";
import { resolverSubject } from "./subjects/resolver.ts";

const graph = explore(resolverSubject);
describeMachine(graph);

test("a watch that failed is started again, however often that was", () => {
  const failing = graph.edges.filter(({ from, to }) => from.path === "keeping" && to.path === "failed");
  expect(failing.map(({ from }) => (from.snapshot.context as { restarts: number }).restarts)).toContain(2);
  for (const state of graph.states.filter(({ path }) => path === "failed")) {
    expect(state.alive).toEqual([]);
    const started = state.edges.flatMap(({ to, changes }) =>
      to.path === "keeping" ? changes.map((change) => (change.kind === "start" ? change.child.id : change.id)) : [],
    );
    expect([...new Set(started)]).toEqual(["keepResolver"]);
  }
});

test("other settings have it kept by them from then on, wherever it is, and the same ones change nothing", () => {
  const targets = ({ snapshot }: { snapshot: { context: unknown } }) =>
    (snapshot.context as ResolverContext).goals.reachTargets;
  const told = graph.edges.filter(({ from, to }) => targets(from) !== targets(to));
  expect(new Set(told.map(({ from }) => from.path))).toEqual(new Set(["keeping", "failed"]));
  for (const { to, changes } of told) {
    expect(to.path).toBe("keeping");
    expect(changes.filter(({ kind }) => kind === "start")).toHaveLength(1);
  }
});
