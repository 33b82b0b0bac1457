import fc from "fast-check";
import { expect, test } from "vitest";
import { medianOf, mediansByName } from "../../../../src/lab/bench/statistics.ts";

test("the median is the value in the middle, whatever the order", () => {
  expect(medianOf([5, 1, 900])).toBe(5);
  expect(medianOf([7])).toBe(7);
});

test("of an even number of values it is the mean of the two in the middle", () => {
  expect(medianOf([4, 1, 2, 900])).toBe(3);
});

test("as many values are below it as above it", () => {
  const values = fc.array(fc.integer(), { minLength: 1 });
  fc.assert(
    fc.property(values, (measured) => {
      const median = medianOf(measured);
      const below = measured.filter((value) => value < median).length;
      const above = measured.filter((value) => value > median).length;
      expect(Math.max(below, above)).toBeLessThanOrEqual(measured.length / 2);
    }),
  );
});

test("nothing has no median", () => {
  expect(() => medianOf([])).toThrow(RangeError);
});

test("a state that only some runs came to counts by those runs, in its place", () => {
  const runs = [
    { start: 10, probe: 30 },
    { start: 20, probe: 50, retry: 9 },
    { start: 60, probe: 40 },
  ];
  expect(Object.entries(mediansByName(runs))).toEqual([
    ["start", 20],
    ["probe", 40],
    ["retry", 9],
  ]);
});
