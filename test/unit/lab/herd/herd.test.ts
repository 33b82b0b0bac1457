import { expect, test } from "vitest";
import { type HerdPlan, runHerd } from "../../../../src/lab/herd/herd.ts";
import { figuresOf, idealMs } from "../../../../src/lab/herd/herd-figures.ts";
import { herdPicture } from "../../../../src/lab/herd/herd-picture.ts";

const plan: HerdPlan = { nodes: 100, ratePerSecond: 10, retryAfterMs: 0, minutes: 45, seed: 1, hasJitter: true };

test("all nodes enrol, no sooner than the registrar can answer, and later without jitter or not at all", async () => {
  const jittered = figuresOf(plan, await runHerd(plan));
  const plain = figuresOf(plan, await runHerd({ ...plan, hasJitter: false }));
  expect(jittered.enrolled).toBe(plan.nodes);
  expect(jittered.untilMs["100"]).toBeGreaterThanOrEqual(idealMs(plan) - 1_000);
  expect(plain.untilMs["90"] ?? Infinity).toBeGreaterThan(jittered.untilMs["90"] ?? Infinity);
  expect(jittered.peakPerSecond).toBeLessThan(plain.peakPerSecond);
  expect(jittered.refusedShare).toBeLessThan(plain.refusedShare);
});

test("a farm that comes back at once does not swell: no ten seconds after the first have twice the mean", async () => {
  const large = { ...plan, nodes: 1_000, ratePerSecond: 5, minutes: 20 };
  const { made, enrolledMs } = await runHerd(large);
  expect(enrolledMs.length).toBe(large.nodes);
  const counted = made.slice(1, Math.ceil((enrolledMs.at(-1) ?? 0) / 1_000));
  const mean = counted.reduce((sum, count) => sum + count, 0) / counted.length;
  for (let at = 0; at + 10 <= counted.length; at += 10)
    expect(counted.slice(at, at + 10).reduce((sum, count) => sum + count, 0) / 10).toBeLessThan(2 * mean);
});

test("nodes that all enrolled at one moment do not report at one moment half an hour later", async () => {
  const able = { ...plan, ratePerSecond: 1_000 };
  const jittered = figuresOf(able, await runHerd(able));
  const plain = figuresOf(able, await runHerd({ ...able, hasJitter: false }));
  expect(jittered.untilMs["100"]).toBeLessThan(1_000);
  expect(plain.peakOfReports).toBe(plan.nodes);
  expect(jittered.peakOfReports).toBeLessThan(plan.nodes / 10);
});

test("no second has more answers than the registrar gives, and none is refused before that", async () => {
  const { made, refused } = await runHerd(plan);
  for (const [second, count] of made.entries()) expect(refused[second]).toBe(Math.max(0, count - plan.ratePerSecond));
});

test("what a registrar asks for is waited", async () => {
  const { made } = await runHerd({ ...plan, retryAfterMs: 60_000, ratePerSecond: 1, minutes: 1 });
  expect(made.slice(2, 58).reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(4);
});

test("a seed gives the same run and picture each time, another one another, and Math.random is left as it was", async () => {
  const { random } = Math;
  const [first, again, other] = [await runHerd(plan), await runHerd(plan), await runHerd({ ...plan, seed: 2 })];
  expect(again).toEqual(first);
  expect(other.enrolledMs).not.toEqual(first.enrolledMs);
  expect(herdPicture(plan, [again])).toBe(herdPicture(plan, [first]));
  expect(Math.random).toBe(random);
});
