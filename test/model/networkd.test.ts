import { expect, test } from "vitest";
import { transition } from "xstate";
import { networkdMachine } from "../../machines/networkd.ts";
import { eventOf, wordsOf } from "./steps.ts";
import { describeMachine } from "./every-machine.ts";
import type { NetworkdContext } from "../../machines/networkd-context.ts";
import type { OnlineOutput } from "../../machines/online-context.ts";
import type { AddressFacts, NodeFacts } from "../../src/contract.ts";
import { hasIpv6 } from "../../src/policy/losses.ts";
import { explore, story, type Edge } from "./explore.ts";
import { reaches } from "./samples.ts";
import { networkdSubject } from "./subjects/networkd.ts";
import { healthyEnd, leadingTo } from "./ways.ts";

const graph = explore(networkdSubject);
describeMachine(graph);
const unfinished = graph.states.filter(({ snapshot }) => snapshot.status === "active");

/** The reading of ndmz's IPv6 side that a step brings, or that was waited with. */
function ipv6Read({ from, step }: Edge): AddressFacts | null {
  if (step.kind === "delay") return (from.snapshot.context as NetworkdContext).facts?.npub6 ?? null;
  if (step.kind === "event") return (step.event as { facts?: NodeFacts }).facts?.npub6 ?? null;
  if (step.kind !== "done") return null;
  if (step.child.src === "online") return (step.output as OnlineOutput).found.facts?.npub6 ?? null;
  if (step.child.src === "awaitNdmzIpv6") return step.output as AddressFacts;
  return step.child.src === "inspectNode" ? (step.output as NodeFacts).npub6 : null;
}

test("a healthy world leads from every state to online", () => {
  const isGoal = ({ path }: { path: string }) => path === "online";
  expect(unfinished.filter((state) => !isGoal(healthyEnd(networkdSubject, state, isGoal))).map(story)).toEqual([]);
});

test("a round can fail in every state, and the uplink can be found lost again", () => {
  for (const goal of ["failed", "uplinkLost"]) {
    const canEnd = leadingTo(graph, ({ path }) => path === goal);
    expect(unfinished.filter((state) => !canEnd.has(state)).map(story)).toEqual([]);
  }
});

test("NAT is never installed before ndmz has a routable IPv6 address and a default route", () => {
  const isReplaced = ({ from, step }: Edge) =>
    /^(online|degraded)/.test(from.path) && step.label.startsWith("settings");
  const entering = graph.edges.filter(
    (edge) => edge.to.path.startsWith("nat") && !edge.from.path.startsWith("nat") && !isReplaced(edge),
  );
  expect(entering.length).toBeGreaterThan(0);
  for (const edge of entering) {
    const read = ipv6Read(edge);
    expect(read && hasIpv6(read), story(edge.from)).toBe(true);
  }
});

test("online is never entered but when connections from ndmz succeed", () => {
  const entering = graph.edges.filter(({ from, to }) => to.path === "online" && from.path !== "online");
  const sources = new Set(entering.map(({ from, step }) => `${from.path}: ${step.label}`));
  expect([...sources].toSorted()).toEqual(
    ["degraded", "prove"].flatMap((state) =>
      [
        "all works",
        "workloads alone reach something",
        "workloads have no IPv4",
        "workloads reach nothing over IPv4",
      ].map((found) => `${state}.attempt: ${found}`),
    ),
  );
});

test("what was found out while online is known from then on", () => {
  const left = graph.edges.filter(({ from, step }) => from.path === "online" && step.kind === "done");
  expect(new Set(left.map(({ to }) => to.path.replace(/\..*/, "")))).toEqual(
    new Set(["ndmz", "waitIpv6", "nat", "prove", "hold", "uplinkLost", "failed"]),
  );
  for (const { from, step } of left) {
    const { found } = (step as { output: OnlineOutput }).output;
    const [{ context }] = transition(networkdMachine, from.snapshot as never, eventOf(step) as never);
    expect(context, wordsOf(step)).toMatchObject({ ...found, wasOnline: true });
  }
});

test("the exit alone leads out where the node reaches nothing, a gateway of zos is silent, and workloads leave by another NIC", () => {
  const ending = graph.states.filter(({ path }) => path === "exitAlone");
  expect(ending.length).toBeGreaterThan(0);
  for (const state of ending) {
    const { exit, reach, facts } = state.snapshot.context as NetworkdContext;
    expect(exit.exitNic, story(state)).toBe("eth1");
    expect(reach, story(state)).toEqual(reaches["workloads alone reach something"]);
    expect(facts?.silentGateways, story(state)).toContain("192.168.1.1%zos");
  }
});

test("an exit without IPv6 is given up for good once routers have had their time, where the uplink has it", () => {
  const of = ({ snapshot }: Edge["to"]) => snapshot.context as NetworkdContext;
  const given = graph.edges.filter(
    ({ from, to }) =>
      of(from).exit.exitNic === "eth1" && of(to).plan.exitNic === null && from.path.startsWith("waitIpv6"),
  );
  expect(given.length).toBeGreaterThan(0);
  for (const { from, step } of given) {
    const [{ context }] = transition(networkdMachine, from.snapshot as never, eventOf(step) as never);
    const { exit, facts } = context;
    expect(of(from).wants, story(from)).not.toBeNull();
    expect([exit.exitNic, facts && hasIpv6(facts.zos), facts && hasIpv6(facts.npub6)]).toEqual([null, true, false]);
  }
});

test("the output names the way in which it ended", () => {
  const finals = graph.states.filter(({ snapshot }) => snapshot.status === "done");
  for (const state of finals)
    expect((state.snapshot.output as { outcome: string }).outcome, story(state)).toBe(state.path);
});
