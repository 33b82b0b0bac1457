import fc from "fast-check";
import { expect, test } from "vitest";
import { fullJitterMs, retransmissionMs, spreadMs } from "../../../src/policy/backoff.ts";
import { timing } from "../../../src/policy/timing.ts";

const anyBackoff = fc
  .tuple(fc.integer({ min: 1, max: 10_000 }), fc.integer({ min: 1, max: 100_000 }))
  .map(([baseMs, extraMs]) => ({ baseMs, capMs: baseMs + extraMs }));
const anyAttempt = fc.nat({ max: 10_000 });
const anyRandom = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

/** The longest delay that an attempt can get. */
const almostOne = 1 - Number.EPSILON;

test("a delay is a whole number of milliseconds between zero and the cap", () => {
  fc.assert(
    fc.property(anyAttempt, anyBackoff, anyRandom, (attempt, backoff, random) => {
      const delayMs = fullJitterMs(attempt, backoff, random);
      expect(Number.isSafeInteger(delayMs)).toBe(true);
      expect(delayMs).toBeGreaterThanOrEqual(0);
      expect(delayMs).toBeLessThanOrEqual(backoff.capMs);
    }),
  );
});

test("the longest possible delay never shrinks from attempt to attempt, and reaches the cap", () => {
  fc.assert(
    fc.property(anyAttempt, anyBackoff, (attempt, backoff) => {
      const ceilingMs = fullJitterMs(attempt, backoff, almostOne);
      expect(fullJitterMs(attempt + 1, backoff, almostOne)).toBeGreaterThanOrEqual(ceilingMs);
      expect(fullJitterMs(30, backoff, almostOne)).toBe(backoff.capMs);
    }),
  );
});

test("the first retry waits for the base at the most, and each further one for twice as long", () => {
  const ceilings = [0, 1, 2, 3, 9].map((attempt) => fullJitterMs(attempt, { baseMs: 100, capMs: 1_500 }, almostOne));
  expect(ceilings).toEqual([100, 200, 400, 800, 1_500]);
});

test("nodes that fail at once come back spread over the whole delay", () => {
  expect([0, 0.25, 0.5, 0.75].map((random) => fullJitterMs(2, { baseMs: 100, capMs: 1_000 }, random))).toEqual([
    0, 100, 200, 300,
  ]);
});

test("those whom a busy server refused at one moment come back as evenly as those who were refused before", () => {
  const [first, later] = [0, 3].map((attempt) => [0, 0.25, 0.75].map((random) => spreadMs(attempt, 1_000, random)));
  expect(later).toEqual([0, 250, 750]);
  expect(first).toEqual([0, 134, 500]);
  fc.assert(
    fc.property(anyAttempt, anyRandom, (attempt, random) => {
      const delayMs = spreadMs(attempt, timing.busySpread.ms, random);
      expect(Number.isSafeInteger(delayMs) && delayMs >= 0 && delayMs <= timing.busySpread.ms).toBe(true);
    }),
  );
});

test("after an outage of any length the whole boot is tried at least once a minute", () => {
  fc.assert(
    fc.property(anyAttempt, anyRandom, (restarts, random) => {
      expect(fullJitterMs(restarts, timing.restartBackoff, random)).toBeLessThanOrEqual(60_000);
    }),
  );
});

test("routers are solicited again after 4 s, 8 s and so on up to an hour, a tenth less or more", () => {
  const [least, most] = [0, almostOne].map((random) =>
    [0, 1, 2, 9, 10_000].map((attempt) => retransmissionMs(attempt, timing.solicitAgain, random)),
  );
  expect(least).toEqual([3_600, 7_200, 14_400, 1_843_200, 3_240_000]);
  expect(most).toEqual([4_400, 8_800, 17_600, 2_252_800, 3_960_000]);
});
