import { type AnyStateMachine, transition } from "xstate";
import { afterEach, describe, expect, test, vi } from "vitest";
import { bootMachine } from "../../machines/boot.ts";
import { conflictMachine } from "../../machines/conflict.ts";
import { rulesMachine } from "../../machines/rules.ts";
import { enrollMachine } from "../../machines/enroll.ts";
import { internetMachine } from "../../machines/internet.ts";
import { networkdMachine } from "../../machines/networkd.ts";
import { onlineMachine } from "../../machines/online.ts";
import { probeMachine } from "../../machines/probe.ts";
import { reachabilityMachine } from "../../machines/reachability.ts";
import { resolverMachine } from "../../machines/resolver.ts";
import { serviceMachine } from "../../machines/service.ts";
import { maxMends, timing } from "../../src/policy/timing.ts";
import { boundedSteps, isIn } from "./attempts.ts";
import { type Edge, explore, story } from "./explore.ts";
import { eventOf } from "./steps.ts";
import { bootSubject } from "./subjects/boot.ts";
import { internetSubject } from "./subjects/internet.ts";
import { networkdSubject } from "./subjects/networkd.ts";
import { onlineSubject } from "./subjects/online.ts";
import { probeSubject } from "./subjects/probe.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

/** The longest that a delay may be when its counter, and no other, stands at `count`. */
function longest(machine: AnyStateMachine, delay: string, counters: Record<string, number>): number {
  vi.spyOn(Math, "random").mockReturnValue(1 - Number.EPSILON);
  const source = machine.implementations.delays[delay];
  if (typeof source !== "function") throw new Error(`${delay} does not depend on anything`);
  const others = { attempts: 0, restarts: 0, mends: maxMends, ends: 0, solicits: 0, deafness: 0, waitMs: 0 };
  return source({ context: { ...others, ...counters } } as never, undefined);
}

describe("a backoff", () => {
  test.each<{ machine: AnyStateMachine; delay: keyof typeof timing; counter: string; first?: number }>([
    { machine: bootMachine, delay: "stepBackoff", counter: "attempts" },
    { machine: bootMachine, delay: "restartBackoff", counter: "restarts" },
    { machine: enrollMachine, delay: "registrarBackoff", counter: "attempts" },
    { machine: internetMachine, delay: "stepBackoff", counter: "attempts" },
    { machine: internetMachine, delay: "remoteBackoff", counter: "attempts" },
    { machine: networkdMachine, delay: "stepBackoff", counter: "attempts" },
    { machine: networkdMachine, delay: "remoteBackoff", counter: "attempts" },
    { machine: networkdMachine, delay: "mendBackoff", counter: "mends", first: maxMends },
    { machine: onlineMachine, delay: "stepBackoff", counter: "attempts" },
    { machine: probeMachine, delay: "stepBackoff", counter: "attempts" },
    { machine: probeMachine, delay: "solicitBackoff", counter: "solicits" },
    { machine: reachabilityMachine, delay: "vantageBackoff", counter: "attempts" },
    { machine: resolverMachine, delay: "restartBackoff", counter: "restarts", first: 1 },
    { machine: conflictMachine, delay: "restartBackoff", counter: "restarts", first: 1 },
    { machine: rulesMachine, delay: "restartBackoff", counter: "restarts", first: 1 },
    { machine: serviceMachine, delay: "serviceBackoff", counter: "ends" },
  ])("$delay of $machine.id grows with $counter up to its cap", ({ machine, delay, counter, first = 0 }) => {
    const { baseMs, capMs } = timing[delay] as { baseMs: number; capMs: number };
    const lengths = Array.from({ length: 12 }, (_, count) => longest(machine, delay, { [counter]: first + count }));
    expect(Math.round(lengths[0] ?? 0)).toBe(baseMs);
    expect(Math.round(lengths.at(-1) ?? 0)).toBe(capMs);
    for (const [index, length] of lengths.entries())
      expect(Math.round(length)).toBe(Math.min(capMs, baseMs * 2 ** index));
  });

  test("of a registrar that asks to be left alone begins after that", () => {
    expect(longest(enrollMachine, "registrarBackoff", { waitMs: 30_000 })).toBe(31_000);
  });

  test("of a node that hears nothing grows up to the length between two self-checks", () => {
    const lengths = [1, 2, 3, 30].map((deafness) => longest(onlineMachine, "deafGrace", { deafness }));
    expect(lengths).toEqual([500, 1_000, 2_000, timing.selfCheck.ms]);
  });
});

const subjects = [bootSubject, internetSubject, networkdSubject, onlineSubject, probeSubject];
const graphs = subjects.map(explore);
/** What is counted after a step, for exploration takes states for one that differ in a count beyond its bound. */
function countsAfter(machine: AnyStateMachine, { from, step }: Edge): Record<string, number> {
  const [{ context }] = transition(machine, from.snapshot as never, eventOf(step) as never);
  return context as Record<string, number>;
}

const attemptsOf = ({ snapshot }: { snapshot: { context: unknown } }) =>
  (snapshot.context as { attempts: number }).attempts;

describe("attempts are counted anew", () => {
  const steps = graphs.flatMap((graph) => boundedSteps(graph.subject).map(({ step }) => ({ step, graph })));

  test.each(steps)("whenever $step is entered", ({ step, graph }) => {
    const entering = graph.edges.filter(({ from, to }) => !isIn(from, step) && isIn(to, step));
    for (const { from, to } of entering) expect(attemptsOf(to), story(from)).toBe(0);
  });
});

const graphOf = (subject: (typeof subjects)[number]) => {
  const found = graphs.find((graph) => graph.subject === subject);
  if (found === undefined) throw new Error(`${subject.name} was not explored`);
  return found;
};

describe("rounds of the boot are counted", () => {
  const { edges } = graphOf(bootSubject);
  const restartsOf = ({ snapshot }: { snapshot: { context: unknown } }) =>
    (snapshot.context as { restarts: number }).restarts;

  test("from the last time on that the node was online", () => {
    const ends = edges.filter(({ step }) => step.kind === "done" && step.child.id === "networkd");
    const isCounted = (wasOnline: boolean) =>
      ends.filter(({ step }) => (step as { output: { wasOnline: boolean } }).output.wasOnline === wasOnline);
    expect(new Set(isCounted(true).map(({ to }) => restartsOf(to)))).toEqual(new Set([0]));
    expect(isCounted(false).some(({ from }) => restartsOf(from) > 0)).toBe(true);
    for (const { from, to } of isCounted(false)) expect(restartsOf(to), story(from)).toBe(restartsOf(from));
  });

  test("from other settings on that forbid what is", () => {
    const refused = edges.filter(
      ({ from, to, step }) =>
        step.kind === "event" && from.path.startsWith("networkd") && to.path.startsWith("recover"),
    );
    expect(refused.some(({ from }) => restartsOf(from) > 0)).toBe(true);
    for (const { from, to } of refused) expect(restartsOf(to), story(from)).toBe(0);
  });

  test("each time that one begins after the backoff", () => {
    const again = edges.filter(({ from, step }) => from.path === "restart" && step.kind === "delay");
    expect(again.length).toBeGreaterThan(0);
    for (const edge of again)
      expect(countsAfter(bootMachine, edge)["restarts"], story(edge.from)).toBe(restartsOf(edge.from) + 1);
  });
});

describe("mends are counted", () => {
  const { edges, states } = graphOf(networkdSubject);
  const of = ({ snapshot }: { snapshot: { context: unknown } }) =>
    snapshot.context as { mends: number; wasOnline: boolean };

  test("until the node was online for a while", () => {
    const steady = edges.filter(({ from, step }) => from.path === "online" && step.kind === "delay");
    expect(steady.some(({ from }) => of(from).mends > 0)).toBe(true);
    for (const { from, to } of steady) expect(of(to).mends, story(from)).toBe(0);
  });

  test("and whether the node was ever online is known in all states after it", () => {
    const after = states.filter(({ path }) => path === "online" || path === "mend" || path === "hold");
    expect(after.length).toBeGreaterThan(0);
    for (const state of after.filter(({ path }) => path !== "mend"))
      expect(of(state).wasOnline, story(state)).toBe(true);
  });
});

describe("a node that is online", () => {
  const { edges } = graphOf(onlineSubject);
  const of = ({ snapshot }: { snapshot: { context: unknown } }) =>
    snapshot.context as { checks: number; deafness: number };
  const looked = edges.filter(({ from, step }) => from.path === "watching" && step.label.includes("selfCheck"));

  test("is read as a whole after some trials of connections, which are then counted anew", () => {
    const whole = looked.filter(({ to }) => to.path === "suspect.diagnose");
    expect(whole.length).toBeGreaterThan(0);
    for (const edge of whole) expect(countsAfter(onlineMachine, edge)["checks"], story(edge.from)).toBe(0);
    const others = looked.filter(({ to }) => to.path !== "suspect.diagnose");
    for (const edge of others)
      expect(countsAfter(onlineMachine, edge)["checks"], story(edge.from)).toBe(of(edge.from).checks + 1);
  });

  test("counts as heard again when the watch has lived from one self-check to the next", () => {
    expect(looked.some(({ from }) => of(from).deafness > 0)).toBe(true);
    for (const { from, to } of looked) expect(of(to).deafness, story(from)).toBe(0);
  });
});
