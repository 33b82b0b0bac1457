import { expect, test } from "vitest";
import { describeMachine } from "./every-machine.ts";
import type { Becomes } from "../../src/contract.ts";
import type { InternetContext, InternetOutput } from "../../machines/internet-context.ts";
import { withExit } from "../../src/policy/choice.ts";
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
    const isWoken = state.path === "makeWay" || (state.path.startsWith("reach") && end.path === "woken");
    expect(end.path, story(state)).toBe(isWoken ? "woken" : expected);
  }
});

test("a round can fail in every state, unless a target has answered", () => {
  const canFail = leadingTo(graph, ({ path }) => ["failed", "reported", "woken"].includes(path));
  expect(unfinished.filter((state) => !canFail.has(state) && !state.path.startsWith("selectExit")).map(story)).toEqual(
    [],
  );
});

test("while the fault is remote, the Internet is asked for again and again", () => {
  const canAsk = leadingTo(graph, ({ path }) => path === "reached");
  const outages = graph.states.filter(({ path }) => path.startsWith("reach.outage"));
  expect(outages.length).toBeGreaterThan(0);
  expect(outages.filter((state) => !canAsk.has(state)).map(story)).toEqual([]);
});

const releasedIn = ({ spawned }: Explored) => spawned.filter((id) => id.startsWith("release."));

test("no NIC is given back twice", () => {
  for (const state of graph.states) {
    const released = releasedIn(state);
    expect(new Set(released).size, story(state)).toBe(released.length);
  }
});

test("every NIC is given back when a round ends, whatever the probes found", () => {
  for (const state of graph.states.filter(({ snapshot }) => snapshot.status === "done")) {
    const expected = contextOf(state).nics.map(({ name }) => `release.${name}`);
    expect(releasedIn(state).toSorted(), story(state)).toEqual(expected.toSorted());
  }
});

test("no NIC is given back while probes are still to decide", () => {
  for (const state of graph.states.filter(({ path }) => path.startsWith("probe"))) {
    expect(releasedIn(state), story(state)).toEqual([]);
  }
});

test("until the exit is decided, no NIC is given back that may still become the uplink or the exit", () => {
  const early = graph.states.filter(({ path }) => /^(selectGateway|bridge|register|reach)\b/.test(path));
  const isInVain = (each: Explored) => contextOf(each).choice?.isRemoteFault === true;
  for (const state of early.filter((each) => contextOf(each).choice?.uplink != null && !isInVain(each))) {
    const { choice, probes, isReportOnly } = contextOf(state);
    const released = releasedIn(state).filter((id) => id !== `release.${choice?.uplink?.nic ?? ""}`);
    const isOfUse = (nic: string) =>
      choice?.others.some((other) => other.nic === nic) === true ||
      (choice !== null && withExit(choice, probes).exit.exitNic === nic);
    expect(isReportOnly ? [] : released.filter((id) => isOfUse(id.replace("release.", ""))), story(state)).toEqual([]);
  }
});

test("the lease of a NIC that becomes the uplink is kept, and no other", () => {
  const releasing = graph.edges.filter((edge) => startedBy(edge).some(({ src }) => src === "releaseNic"));
  expect(releasing.length).toBeGreaterThan(0);
  for (const edge of releasing) {
    const { isReportOnly, choice } = contextOf(edge.to);
    const next = edge.to.path === "fallBack" ? choice?.others[0]?.nic : choice?.uplink?.nic;
    const released = startedBy(edge).map(({ input }) => input as { nic: string; becomes?: Becomes });
    for (const { nic, becomes } of released) {
      expect(becomes === "uplink", story(edge.to)).toBe(!isReportOnly && nic === next);
    }
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
    const { held, unreleased } = contextOf(state);
    expect([...held, ...unreleased], story(state)).toEqual([]);
  }
});

test("the output names the way in which it ended", () => {
  for (const state of graph.states.filter(({ snapshot }) => snapshot.status === "done")) {
    expect((state.snapshot.output as InternetOutput).outcome, story(state)).toBe(state.path);
  }
});
