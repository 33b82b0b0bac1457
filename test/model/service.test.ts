import { expect, test } from "vitest";
import { describeMachine } from "./every-machine.ts";
import { explore, story } from "./explore.ts";
import { serviceSubject } from "./subjects/service.ts";
import { healthyEnd } from "./ways.ts";

const graph = explore(serviceSubject);
describeMachine(graph);
const running = graph.states.filter(({ path }) => path !== "stopped");

test("a client is started again whenever it ended", () => {
  const ends = running.map(
    (state) => healthyEnd(serviceSubject, state, ({ path }) => ["running", "adopted"].includes(path)).path,
  );
  expect(new Set(ends)).toEqual(new Set(["running", "adopted"]));
});

test("no client is started before it is known that none runs", () => {
  const into = graph.edges.filter(({ from, to }) => to.path === "running" && from.path !== "running");
  expect(new Set(into.map(({ from }) => from.path))).toEqual(new Set(["look"]));
  expect(new Set(into.map(({ step }) => ("label" in step ? step.label : "")))).toEqual(new Set(["finds none"]));
});

test("a client that runs already is left alone until it ends", () => {
  const into = graph.edges.filter(({ to }) => to.path === "adopted");
  expect(into.some(({ step }) => "label" in step && step.label === "finds it")).toBe(true);
  const out = graph.edges.filter(({ from, to }) => from.path === "adopted" && to.path !== "adopted");
  expect(new Set(out.map(({ to }) => to.path))).toEqual(new Set(["backoff", "stopped"]));
});

test("a service ends only when it is removed", () => {
  const entering = graph.edges.filter(({ to }) => to.path === "stopped");
  expect(entering.filter(({ step }) => step.kind !== "event").map(({ from }) => story(from))).toEqual([]);
  expect(new Set(entering.map(({ from }) => from))).toEqual(new Set(running));
});
