import { expect, test } from "vitest";
import { describeMachine } from "./every-machine.ts";
import type { InternetContext, InternetOutput } from "../../machines/internet.ts";
import { explore, story, type Edge, type Explored } from "./explore.ts";
import { internetSubject } from "./subjects/internet.ts";
import { healthyEnd, leadingTo } from "./ways.ts";

const graph = explore(internetSubject);
describeMachine(graph);
const unfinished = graph.states.filter(({ snapshot }) => snapshot.status === "active");
const contextOf = ({ snapshot }: Explored) => snapshot.context as InternetContext;
const startedBy = ({ changes }: Edge) => changes.flatMap((change) => (change.kind === "start" ? [change.child] : []));

test("a healthy world leads from every state to the Internet, where a NIC with a gateway is left", () => {
  const isEnd = ({ snapshot }: Explored) => snapshot.status === "done";
  for (const state of unfinished) {
    const end = healthyEnd(internetSubject, state, isEnd);
    const { isReportOnly, choice } = contextOf(end);
    const hasFailed = state.path === "fallBack" && contextOf(state).choice?.others.length === 0;
    const expected = isReportOnly ? "reported" : choice?.uplink == null || hasFailed ? "failed" : "reached";
    expect(end.path, story(state)).toBe(expected);
  }
});

test("a round can fail in every state, unless a target has answered", () => {
  const canFail = leadingTo(graph, ({ path }) => path === "failed" || path === "reported");
  expect(unfinished.filter((state) => !canFail.has(state) && state.path !== "reach.tidy").map(story)).toEqual([]);
});

test("while the fault is remote, the Internet is asked for again and again", () => {
  const canAsk = leadingTo(graph, ({ path }) => path === "reached");
  const outages = graph.states.filter(({ path }) => path === "reach.outage");
  expect(outages.length).toBeGreaterThan(0);
  expect(outages.filter((state) => !canAsk.has(state)).map(story)).toEqual([]);
});

test("every NIC is given back exactly once, whatever the probes found", () => {
  for (const state of graph.states.filter(({ path }) => !path.startsWith("probe"))) {
    const released = state.spawned.filter((id) => id.startsWith("release."));
    const expected = contextOf(state).nics.map(({ name }) => `release.${name}`);
    expect(released.toSorted(), story(state)).toEqual(expected.toSorted());
  }
});

test("no NIC is given back while probes are still to decide", () => {
  for (const state of graph.states.filter(({ path }) => path.startsWith("probe"))) {
    expect(
      state.spawned.filter((id) => id.startsWith("release.")),
      story(state),
    ).toEqual([]);
  }
});

test("the uplink's lease is kept, and no other", () => {
  const deciding = graph.edges.filter((edge) => startedBy(edge).some(({ src }) => src === "releaseNic"));
  expect(deciding.length).toBeGreaterThan(0);
  for (const edge of deciding) {
    const { isReportOnly, choice } = contextOf(edge.to);
    const released = startedBy(edge).map(({ input }) => input as { nic: string; keepLease?: boolean });
    const kept = released.filter(({ keepLease }) => keepLease === true).map(({ nic }) => nic);
    const uplink = isReportOnly ? undefined : choice?.uplink?.nic;
    expect(kept, story(edge.to)).toEqual(uplink === undefined ? [] : [uplink]);
  }
});

test("a probe has ended or is stopped before its NIC is given back", () => {
  for (const { from, changes } of graph.edges) {
    const stopped = new Set<string>();
    for (const change of changes) {
      if (change.kind === "stop") stopped.add(change.id);
      else if (change.child.src === "releaseNic") {
        const probe = change.child.id.replace("release.", "probe.");
        expect(stopped.has(probe) || !from.alive.some(({ id }) => id === probe), story(from)).toBe(true);
      }
    }
  }
});

test("a probe is started for every NIC, once", () => {
  for (const state of graph.states.filter(({ path }) => path.startsWith("probe.watch"))) {
    expect(state.spawned, story(state)).toEqual(contextOf(state).nics.map(({ name }) => `probe.${name}`));
  }
});

test("the uplink becomes the bridge's port only after it was given back", () => {
  for (const state of graph.states.filter(({ path }) => path.startsWith("bridge"))) {
    const uplink = contextOf(state).choice?.uplink?.nic ?? "none";
    expect(
      state.alive.map(({ id }) => id),
      story(state),
    ).not.toContain(`release.${uplink}`);
  }
});

test("a round ends only with every NIC given back", () => {
  for (const state of graph.states.filter(({ snapshot }) => snapshot.status === "done")) {
    expect(contextOf(state).unreleased, story(state)).toEqual([]);
  }
});

test("the output names the way in which it ended", () => {
  for (const state of graph.states.filter(({ snapshot }) => snapshot.status === "done")) {
    expect((state.snapshot.output as InternetOutput).outcome, story(state)).toBe(state.path);
  }
});
