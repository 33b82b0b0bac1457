import { describe, expect, test } from "vitest";
import { planOf, planOfOne } from "../../../../src/lab/hostile/plan.ts";

const kinds = Array.from({ length: 26 }, (_, index) => `kind-${index}`);

describe("the plan of a hostile run", () => {
  test("is the same for the same seed, and another for another", () => {
    expect(planOf(kinds, 500, 1)).toEqual(planOf(kinds, 500, 1));
    expect(planOf(kinds, 500, 1)).not.toEqual(planOf(kinds, 500, 2));
  });

  test("has every kind in 300 packets, each of which has a number, and a quarter while the node boots", () => {
    const { booting, booted } = planOf(kinds, 300, 1);
    const blocks = [...booting, ...booted].flat();
    expect(new Set(blocks.map(({ kind }) => kind))).toEqual(new Set(kinds));
    const numbers = blocks.flatMap(({ from, count }) => Array.from({ length: count }, (_, index) => from + index));
    expect(numbers).toEqual(Array.from({ length: 300 }, (_, index) => index));
    expect(booting.flat().length).toBe(Math.ceil(blocks.length / 4));
  });

  test("of one packet is that packet, of its kind, to a node that boots and to a booted one", () => {
    const meant = planOf(kinds, 300, 7)
      .booted.flat()
      .find(({ from, count }) => from <= 150 && 150 < from + count);
    expect(planOfOne(kinds, 150, 7)).toEqual({
      booting: [[{ kind: meant?.kind, from: 150, count: 1 }]],
      booted: [[{ kind: meant?.kind, from: 150, count: 1 }]],
    });
  });
});
