import { expect, test } from "vitest";
import { attemptsFrom, boundedSteps, failing, isIn } from "./attempts.ts";
import { describeMachine } from "./every-machine.ts";
import type { ProbeFacts } from "../../src/contract.ts";
import { maxAttempts } from "../../src/policy/timing.ts";
import { explore, story } from "./explore.ts";
import { probeSubject } from "./subjects/probe.ts";
import { healthyEnd } from "./ways.ts";

const graph = explore(probeSubject);
describeMachine(graph);
const known = graph.states.filter(({ path }) => path === "known");

test("a healthy world leads from every state to all being known", () => {
  const ends = graph.states.map((state) => ({
    state,
    end: healthyEnd(probeSubject, state, ({ path }) => path === "known"),
  }));
  expect(ends.filter(({ end }) => end.path !== "known").map(({ state }) => story(state))).toEqual([]);
});

test("a probe that has ended has nothing pending", () => {
  expect(known.length).toBeGreaterThan(0);
  for (const state of known) expect((state.snapshot.output as ProbeFacts).pending, story(state)).toEqual([]);
});

test("a probe that has ended has tried every gateway that it found, unless trying failed", () => {
  for (const state of known) {
    const { lease, advert, proof4, proof6, errors } = state.snapshot.output as ProbeFacts;
    const isTried4 = (lease?.gateways.length ?? 0) === 0 || proof4 !== null;
    const isTried6 = (advert?.routers.length ?? 0) === 0 || proof6 !== null;
    expect((isTried4 && isTried6) || errors.length > 0, story(state)).toBe(true);
  }
});

test("attempts of DHCPv4 and of router solicitation do not cost each other any", () => {
  const [v4, v6] = boundedSteps(probeSubject).filter(({ step }) => step.startsWith("probe.listen."));
  if (v4 === undefined || v6 === undefined) throw new Error("the probe has not two bounded families");
  let state = graph.states.find((each) => isIn(each, v6.step));
  for (let edge = state && failing(state, v6); edge !== undefined; edge = failing(edge.to, v6)) state = edge.to;
  expect(state && attemptsFrom(state, v4)).toBe(maxAttempts);
});
