import { expect, test } from "vitest";
import type { ReachabilityContext } from "../../machines/reachability-context.ts";
import { networkOf64 } from "../../src/policy/vantage.ts";
import { describeMachine } from "./every-machine.ts";
import { explore, story } from "./explore.ts";
import { reachabilitySubject } from "./subjects/reachability.ts";
import { healthyEnd, leadingTo } from "./ways.ts";

const graph = explore(reachabilitySubject);
describeMachine(graph);
const contextOf = ({ snapshot }: { snapshot: { context: unknown } }) => snapshot.context as ReachabilityContext;
const isReady = (state: { snapshot: { context: unknown } }) =>
  contextOf(state).exit !== null && contextOf(state).vantages.length > 0;

test("it never ends, and a healthy world leads to a finding wherever there is somebody to ask", () => {
  expect(graph.states.filter(({ snapshot }) => snapshot.status !== "active").map(story)).toEqual([]);
  const isGoal = ({ path }: { path: string }) => path === "settled.known";
  const ready = graph.states.filter(isReady);
  expect(ready.length).toBeGreaterThan(0);
  expect(ready.filter((state) => !isGoal(healthyEnd(reachabilitySubject, state, isGoal))).map(story)).toEqual([]);
});

test("nothing is tried on an uplink that is not settled, nor without a vantage", () => {
  for (const state of graph.states) expect(state.path === "waiting", story(state)).toBe(!isReady(state));
});

test("an exit that goes, or another one, ends what is tried there at once", () => {
  const from = graph.edges.filter(({ from: { path } }) => path === "settled.asking");
  const other = from.filter(({ from: state, to }) => contextOf(state).exit?.bridge !== contextOf(to).exit?.bridge);
  expect(other.length).toBeGreaterThan(0);
  expect(new Set(other.map(({ to }) => to.path))).toEqual(new Set(["waiting", "settled.quiet"]));
});

test("another prefix is asked about anew, and what was found in the one before counts no more", () => {
  const known = graph.edges.filter(({ from }) => from.path === "settled.known");
  const moved = known.filter(
    ({ from, to, step }) =>
      step.kind === "event" &&
      step.event.type === "interfaces.observed" &&
      JSON.stringify(contextOf(from).networks) !== JSON.stringify(contextOf(to).networks),
  );
  expect(moved.length).toBeGreaterThan(0);
  for (const { from, to } of moved) {
    expect(to.path, story(from)).toBe("settled.quiet");
    const { finding, networks } = contextOf(to);
    if (finding !== null) expect(networks).toContain(networkOf64(finding.address ?? ""));
  }
  expect(moved.some(({ to }) => contextOf(to).finding === null)).toBe(true);
});

test("a failure is tried again at the next vantage, later where that asks for it, and says what is known no more", () => {
  const failed = graph.edges.filter(
    ({ from, step }) => from.path === "settled.asking" && step.kind === "error" && step.child.src === "askVantage",
  );
  expect(failed.length).toBeGreaterThan(0);
  for (const { from, step, to } of failed) {
    expect(to.path, story(from)).toBe("settled.retry");
    expect(contextOf(to).waitMs).toBe(step.label === "is to wait" ? 30_000 : 0);
    const before = contextOf(from).finding;
    if (before !== null && before.answer !== "unknown")
      expect(contextOf(to).finding).toMatchObject({ answer: before.answer, address: before.address });
    else expect(contextOf(to).finding).toMatchObject({ answer: "unknown", address: null });
  }
  const again = graph.edges.filter(({ from, step }) => from.path === "settled.retry" && step.kind === "delay");
  expect(again.length).toBeGreaterThan(0);
  for (const { from, to } of again) expect(contextOf(to).turn % 2, story(from)).not.toBe(contextOf(from).turn % 2);
});

test("what is known is looked at again some day, wherever it is known", () => {
  const daily = graph.edges.filter(({ from, step }) => from.path === "settled.known" && step.kind === "delay");
  expect(daily.length).toBeGreaterThan(0);
  expect(new Set(daily.map(({ to }) => to.path))).toEqual(new Set(["settled.asking"]));
  expect(leadingTo(graph, ({ path }) => path === "settled.asking").size).toBe(graph.states.filter(isReady).length);
});
