import { expect, test } from "vitest";
import type { EnrollContext } from "../../machines/enroll-context.ts";
import { describeMachine } from "./every-machine.ts";
import { explore, story } from "./explore.ts";
import { enrollSubject } from "./subjects/enroll.ts";
import { healthyEnd, leadingTo } from "./ways.ts";

const graph = explore(enrollSubject);
describeMachine(graph);
const contextOf = ({ snapshot }: { snapshot: { context: unknown } }) => snapshot.context as EnrollContext;
const isOf = (src: string) => (edge: (typeof graph.edges)[number]) =>
  edge.step.kind !== "delay" && edge.step.kind !== "event" && edge.step.child.src === src;

test("it never ends, and a healthy world leads from every state to a node that is enrolled", () => {
  expect(graph.states.filter(({ snapshot }) => snapshot.status !== "active").map(story)).toEqual([]);
  const isGoal = ({ path }: { path: string }) => path.startsWith("enrolled");
  expect(graph.states.filter((state) => !isGoal(healthyEnd(enrollSubject, state, isGoal))).map(story)).toEqual([]);
});

test("a node is registered by an account alone, and reports by what it was registered as", () => {
  for (const state of graph.states.filter(({ path }) => path === "node" || path === "report"))
    expect(contextOf(state).twinId, story(state)).toBe(5);
  for (const state of graph.states.filter(({ path }) => path === "report" || path.startsWith("enrolled")))
    expect(contextOf(state).place, story(state)).toMatchObject({ nodeId: 7 });
});

test("what is refused waits for a person, and for nothing else; all else is tried again", () => {
  const failed = graph.edges.filter(({ step }) => step.kind === "error" && step.child.src !== "watchInterfaces");
  for (const { from, step, to } of failed)
    expect(to.path, story(from)).toBe(step.label === "is refused" ? "stuck" : "retry");
  const intoStuck = graph.edges.filter(({ from, to }) => from.path !== "stuck" && to.path === "stuck");
  expect(new Set(intoStuck.map(({ step }) => step.label))).toEqual(new Set(["is refused"]));
});

test("each attempt asks the next registrar", () => {
  const again = graph.edges.filter(({ from, step }) => /^(retry|stuck)/.test(from.path) && step.kind === "delay");
  expect(again.length).toBeGreaterThan(0);
  const asked = (context: EnrollContext) => context.turn % 2;
  for (const { from, to } of again) expect(asked(contextOf(to)), story(from)).not.toBe(asked(contextOf(from)));
});

test("a clock that is wrong is known at the next attempt, and a registrar's wish to be left alone is kept", () => {
  const wrong = graph.edges.filter(isOf("ensureAccount")).filter(({ step }) => step.label === "has the wrong time");
  for (const { to } of wrong) expect(contextOf(to)).toMatchObject({ clockOffsetMs: 300_000, waitMs: 0 });
  const busy = graph.edges.filter(({ step }) => step.label === "is to wait");
  expect(busy.length).toBeGreaterThan(0);
  for (const { from, to } of busy) {
    const { clockOffsetMs } = contextOf(from);
    expect(contextOf(to)).toMatchObject({ clockOffsetMs, waitMs: 30_000, isBusy: true });
  }
});

test("a registrar that was only busy is asked for what is missing, when there is no other", () => {
  const again = graph.edges.filter(({ from, step }) => from.path === "retry" && step.kind === "delay");
  for (const { from, to } of again) {
    const { grid, isBusy, twinId, place } = contextOf(from);
    const next = place === null ? (twinId === null ? "account" : "node") : "report";
    expect(to.path, story(from)).toBe(isBusy && grid.registrars.length === 1 ? next : "account");
  }
  expect(new Set(again.map(({ to }) => to.path))).toEqual(new Set(["account", "node", "report"]));
});

test("other addresses are told after a minute without any more, and the registrar is told again in any case", () => {
  const from = (path: string) => graph.edges.filter((edge) => edge.from.path === path);
  expect(from("enrolled.calm").some(({ to }) => to.path === "node")).toBe(true); // The delay, when something has changed.
  const changes = from("enrolled.calm").filter(
    ({ step }) => step.kind === "event" && step.event.type === "interfaces.observed",
  );
  expect(new Set(changes.map(({ to }) => to.path))).toEqual(new Set(["enrolled.calm"]));
  expect(leadingTo(graph, ({ path }) => path === "report").size).toBe(graph.states.length);
});
