import { expect, test } from "vitest";
import { describeMachine } from "./every-machine.ts";
import type { BootContext } from "../../machines/boot.ts";
import { explore, story, type Explored } from "./explore.ts";
import type { Step } from "./steps.ts";
import { bootSubject } from "./subjects/boot.ts";
import { healthyEnd, leadingTo } from "./ways.ts";

const isOwnOrObserved = (step: Step) => step.kind !== "event" || step.event.type === "uplink.observed";
const graph = explore(bootSubject);
describeMachine(graph);
const running = graph.states.filter(({ path }) => !path.startsWith("stop") && path !== "done");
const stageOf = ({ snapshot }: Explored) => (snapshot.context as BootContext).stage;
const waitsForGrid = ({ snapshot }: Explored) => (snapshot.context as BootContext).settings.enrolment === "required";
const isWaiting = ({ path }: Explored) => path === "awaitUplink.listen" || path === "awaitUplink.retry";

test("a healthy world leads from every state to networkd, which goes on for the node's life, or the one-shot to its end", () => {
  const lost = running
    .filter((state) => !isWaiting(state))
    .filter((state) => {
      const goals = stageOf(state) === "internet" ? ["done"] : ["networkd", ...(waitsForGrid(state) ? ["enroll"] : [])];
      const isGoal = ({ path }: { path: string }) => goals.some((goal) => path.startsWith(goal));
      return !isGoal(healthyEnd(bootSubject, state, isGoal));
    });
  expect(lost.map(story)).toEqual([]);
});

test("the one-shot never gets as far as networkd, and only the daemon waits for the one-shot", () => {
  const stagesIn = (path: string) => new Set(graph.states.filter((state) => state.path.startsWith(path)).map(stageOf));
  expect(stagesIn("networkd")).toEqual(new Set(["all", "networkd"]));
  expect(stagesIn("done")).toEqual(new Set(["internet"]));
  expect(stagesIn("awaitUplink")).toEqual(new Set(["networkd"]));
});

test("the daemon touches nothing before an uplink is in its place and the node is its own", () => {
  const daemon = graph.edges.filter(({ from, step }) => from.path.startsWith("awaitUplink") && isOwnOrObserved(step));
  const leaving = daemon.filter(({ to }) => !to.path.startsWith("awaitUplink"));
  const ways = leaving.map(({ from, step }) => `${from.path}: ${"child" in step ? step.label : step.kind}`);
  expect(new Set(ways)).toEqual(new Set(["awaitUplink.claim: claims"]));
  const started = daemon.flatMap(({ changes }) =>
    changes.flatMap((each) => (each.kind === "start" ? each.child.src : [])),
  );
  expect(new Set(started)).toEqual(new Set(["watchUplink", "claimNode", "recover"]));
});

test("the boot can start over from every state, and never ends by itself", () => {
  const canRestart = leadingTo(graph, ({ path }) => path === "restart");
  expect(running.filter((state) => !isWaiting(state) && !canRestart.has(state)).map(story)).toEqual([]);
  expect(running.filter(({ snapshot }) => snapshot.status !== "active").map(story)).toEqual([]);
});

test("an operator's request ends the boot from every state, whether or not the NICs can be given back", () => {
  for (const state of running) {
    const asked = state.edges.find(({ step }) => step.kind === "event" && step.event.type === "stop.requested")?.to;
    expect(asked?.path, story(state)).toBe("stopping");
    const ends = asked?.edges
      .filter(({ step }) => "child" in step && step.child.src === "giveBackProbes")
      .map(({ to }) => to.path);
    expect(ends, story(state)).toEqual(["stopped", "stopped"]);
  }
});

test.each([
  ["uplink lost while online", "uplink"],
  ["uplink dead", "nothing"],
  ["exit alone", "exit"],
  ["failed", "uplink"],
])("after a daemon stage that ends with %j, what may be kept is: %s", (label, mayAdopt) => {
  const after = graph.edges.filter(
    ({ step }) => step.kind === "done" && step.child.id === "networkd" && step.label === label,
  );
  expect(after.length).toBeGreaterThan(0);
  for (const { to } of after) expect(to.snapshot.context).toMatchObject({ mayAdopt });
});

test("a node whose uplink failed in one round adopts none in the next", () => {
  const after = graph.edges.filter(
    ({ step }) => step.kind === "done" && step.child.id === "internet" && step.label === "failed",
  );
  expect(after.length).toBeGreaterThan(0);
  for (const { to } of after) expect(to.snapshot.context).toMatchObject({ mayAdopt: "nothing" });
});

test("the daemon stage waits for the grid only where it shall, and then until the grid knows the node", () => {
  const into = graph.edges.filter(({ from, to }) => from.path !== "networkd" && to.path === "networkd");
  const waiting = graph.states.filter(({ path }) => path === "enroll");
  expect(waiting.length).toBeGreaterThan(0);
  for (const state of waiting) {
    expect(waitsForGrid(state), story(state)).toBe(true);
    expect(state.snapshot.context, story(state)).toMatchObject({ isEnrolling: true, isEnrolled: false });
  }
  for (const { from, to } of into.filter(({ to: end }) => waitsForGrid(end))) {
    const { isEnrolling, isEnrolled } = to.snapshot.context as BootContext;
    expect(isEnrolled || !isEnrolling, story(from)).toBe(true);
  }
});

test("whatever becomes of the announcement, it moves the boot nowhere but into the stage that waits for it", () => {
  const told = graph.edges.filter(({ step }) => "child" in step && step.child.src === "enroll");
  expect(told.length).toBeGreaterThan(0);
  const moves = told
    .filter(({ from, to }) => from.path !== to.path)
    .map(({ from, to }) => `${from.path} -> ${to.path}`);
  expect(new Set(moves)).toEqual(new Set(["enroll -> networkd.content"]));
});
