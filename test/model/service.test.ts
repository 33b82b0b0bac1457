import { expect, test } from "vitest";
import { describeMachine } from "./every-machine.ts";
import { explore, story } from "./explore.ts";
import { serviceSubject } from "./subjects/service.ts";
import { healthyEnd } from "./ways.ts";

const graph = explore(serviceSubject);
describeMachine(graph);
const running = graph.states.filter(({ path }) => path !== "stopped");

test("a client is started again whenever it ended", () => {
  const ends = running.map((state) => healthyEnd(serviceSubject, state, ({ path }) => path === "running").path);
  expect(new Set(ends)).toEqual(new Set(["running"]));
});

test("a service ends only when it is removed", () => {
  const entering = graph.edges.filter(({ to }) => to.path === "stopped");
  expect(entering.filter(({ step }) => step.kind !== "event").map(({ from }) => story(from))).toEqual([]);
  expect(new Set(entering.map(({ from }) => from))).toEqual(new Set(running));
});
