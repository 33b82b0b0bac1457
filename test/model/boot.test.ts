import { expect, test } from "vitest";
import { describeMachine } from "./every-machine.ts";
import { explore, story } from "./explore.ts";
import { bootSubject } from "./subjects/boot.ts";
import { healthyEnd, leadingTo } from "./ways.ts";

const graph = explore(bootSubject);
describeMachine(graph);
const running = graph.states.filter(({ path }) => !path.startsWith("stop"));

test("a healthy world leads from every state to networkd, which goes on for the node's life", () => {
  const ends = running.map((state) => ({
    state,
    end: healthyEnd(bootSubject, state, ({ path }) => path === "networkd"),
  }));
  expect(ends.filter(({ end }) => end.path !== "networkd").map(({ state }) => story(state))).toEqual([]);
});

test("the boot can start over from every state, and never ends by itself", () => {
  const canRestart = leadingTo(graph, ({ path }) => path === "restart");
  expect(running.filter((state) => !canRestart.has(state)).map(story)).toEqual([]);
  expect(running.filter(({ snapshot }) => snapshot.status !== "active").map(story)).toEqual([]);
});

test("an operator's request ends the boot from every state, whether or not the NICs can be given back", () => {
  for (const state of running) {
    const asked = state.edges.find(({ step }) => step.kind === "event")?.to;
    expect(asked?.path, story(state)).toBe("stopping");
    const ends = asked?.edges.filter(({ step }) => step.kind !== "event").map(({ to }) => to.path);
    expect(ends, story(state)).toEqual(["stopped", "stopped"]);
  }
});

test("a node whose uplink failed in one round adopts none in the next", () => {
  const after = graph.edges.filter(
    ({ step }) => step.kind === "done" && step.child.id === "internet" && step.label === "failed",
  );
  expect(after.length).toBeGreaterThan(0);
  for (const { to } of after) expect(to.snapshot.context).toMatchObject({ mayAdopt: false });
});
