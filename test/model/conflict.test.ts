import { expect, test } from "vitest";
import type { ConflictContext } from "../../machines/conflict.ts";
import { describeMachine } from "./every-machine.ts";
import { explore, story } from "./explore.ts";
import { conflictSubject } from "./subjects/conflict.ts";

const graph = explore(conflictSubject);
describeMachine(graph);

const of = ({ snapshot }: { snapshot: { context: unknown } }) => snapshot.context as ConflictContext;
const into = (path: string) => graph.edges.filter(({ from, to }) => from.path !== path && to.path === path);

test("each other address is asked about, but for a first one that was", () => {
  const asking = into("watching.asking");
  expect(new Set(asking.map(({ to }) => of(to).address))).toEqual(new Set(["192.168.1.117", "192.168.1.118"]));
  const settled = graph.states.filter(({ path }) => path === "watching.settled");
  for (const state of settled.filter((each) => !of(each).isResigned))
    expect([null, of(state).asked], story(state)).toContain(of(state).address);
});

test("a client is run anew once for an address that is taken, and not for one that it has looked at", () => {
  expect(into("watching.requesting").length).toBeGreaterThan(0);
  for (const { from } of into("watching.requesting")) {
    expect(of(from).isChecking, story(from)).toBe(false);
    expect(of(from).asked).toBe(of(from).address);
  }
});

test("nothing is asked any more where every address is answered for", () => {
  for (const { from } of into("watching.asking")) expect(of(from).isResigned, story(from)).toBe(false);
});
