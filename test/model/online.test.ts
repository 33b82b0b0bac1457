import { expect, test } from "vitest";
import type { OnlineContext, OnlineOutput } from "../../machines/online-context.ts";
import { isServing } from "../../src/policy/egress.ts";
import { maxAttempts } from "../../src/policy/timing.ts";
import { describeMachine } from "./every-machine.ts";
import { explore, story } from "./explore.ts";
import { onlineSubject } from "./subjects/online.ts";
import { healthyEnd, leadingTo } from "./ways.ts";

const graph = explore(onlineSubject);
describeMachine(graph);
const unfinished = graph.states.filter(({ snapshot }) => snapshot.status === "active");
const ended = graph.states.filter(({ snapshot }) => snapshot.status === "done");
const contextOf = ({ snapshot }: { snapshot: { context: unknown } }) => snapshot.context as OnlineContext;
const outputOf = ({ snapshot }: { snapshot: { output?: unknown } }) => snapshot.output as OnlineOutput;

test("a healthy world leads from every state to watching, or back to the exit that was chosen", () => {
  const isGoal = ({ path }: { path: string }) => path === "watching" || path === "exitBack";
  expect(unfinished.filter((state) => !isGoal(healthyEnd(onlineSubject, state, isGoal))).map(story)).toEqual([]);
});

test("every way to end is open from every state, but the return of the exit to nodes without one", () => {
  for (const goal of ["lost", "unreached", "failed"]) {
    const canEnd = leadingTo(graph, ({ path }) => path === goal);
    expect(unfinished.filter((state) => !canEnd.has(state)).map(story)).toEqual([]);
  }
  for (const state of ended.filter(({ path }) => path === "exitBack")) {
    const { plan, exit } = contextOf(state);
    expect([plan.exitNic, exit.exitNic], story(state)).toEqual(["eth1", null]);
  }
});

test("nothing but a trial that succeeds makes the node count as whole again after something was suspected", () => {
  const entering = graph.edges.filter(
    ({ from, to }) => /^(watching|returning)/.test(to.path) && !/^(watching|returning|misled.refresh)/.test(from.path),
  );
  const sources = new Set(entering.map(({ from, step }) => `${from.path}: ${step.label}`));
  expect([...sources].toSorted()).toEqual([
    "check: IPv6 alone works",
    "check: all works",
    "check: workloads alone reach something",
    "check: workloads have no IPv4",
    "check: workloads reach nothing over IPv4",
  ]);
});

test("a trial that succeeds has the kernel listened to anew where it was not heard, and else by the same watch", () => {
  const passed = graph.edges.filter(({ from, to }) => from.path === "check" && to.path === "watching");
  const isAlive = ({ alive }: { alive: { id: string }[] }) => alive.some(({ id }) => id === "watchNode");
  expect(new Set(passed.map(({ from }) => isAlive(from)))).toEqual(new Set([true, false]));
  for (const { from, to, changes } of passed) {
    const started = changes.flatMap((change) => (change.kind === "start" ? [change.child.id] : []));
    expect(started, story(from)).toEqual(contextOf(from).deafness > 0 ? ["watchNode"] : []);
    expect(isAlive(to), story(from)).toBe(true);
  }
});

test("another server is asked where one has offered a lease and IPv4 alone fails, by both clients, and not for ever", () => {
  const asked = graph.edges.filter(({ from, to }) => from.path === "misled.doubt" && to.path === "misled.askOther");
  expect(new Set(asked.map(({ step }) => step.label))).toEqual(new Set(["finds another"]));
  for (const { to } of asked) expect(contextOf(to).reach?.node.v4.state, story(to)).toBe("fails");
  for (const { from, to } of graph.edges.filter(({ from: { path } }) => path === "misled.askOther"))
    expect(to.path, story(from)).toMatch(/^(misled.askOther|misled.refresh|deaf)$/);
  expect(Math.max(...graph.states.map((state) => contextOf(state).attempts))).toBe(maxAttempts);
});

test("npub4 alone asks anew without the server of its lease where that leads nowhere, but never without that of zos", () => {
  const doubted = graph.edges
    .filter(({ from, to }) => from.path !== to.path && to.path === "misled.doubt")
    .filter(({ to }) => contextOf(to).reach?.node.v4.state === "works");
  expect(doubted.length).toBeGreaterThan(0);
  for (const { to, changes } of doubted) {
    const [input] = changes.flatMap((change) =>
      change.kind === "start" && change.child.id === "shunServers" ? [change.child.input] : [],
    );
    const isWithZos = contextOf(to).exit.npub4Parent === "zos";
    expect(input, story(to)).toMatchObject({ lessorOf: "dhcp-ndmz", unlessOf: isWithZos ? "dhcp-zos" : null });
    const next = graph.edges.filter(({ from, step }) => from === to && step.label.startsWith("finds"));
    expect(new Set(next.map((edge) => edge.to.path)), story(to)).toEqual(new Set(["misled.refresh"]));
  }
});

test("the output names the way in which it ended, and why", () => {
  expect(new Set(ended.map(({ path }) => path))).toEqual(new Set(["lost", "unreached", "exitBack", "failed"]));
  for (const state of ended) {
    const { outcome, found } = outputOf(state);
    expect(outcome, story(state)).toBe(state.path);
    expect(found.losses.length > 0, story(state)).toBe(outcome === "lost");
    if (outcome !== "exitBack") expect(found.failure, story(state)).not.toBeNull();
    if (outcome === "exitBack") expect(found.reach && isServing(found.reach)).toBe(true);
  }
});
