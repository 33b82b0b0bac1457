import { expect, test } from "vitest";
import { countOf, guardCounts } from "../../../../src/inspect/chart/guard-words.ts";
import { allCharts, machines } from "../../../../src/inspect/chart/machines.ts";
import { labelOf } from "../../../../src/inspect/drawing/diagram.ts";
import * as limits from "../../../../src/policy/timing.ts";

/** The limit that a guard's function names, by the guard's name. */
const named = machines.flatMap(({ implementations }) =>
  Object.entries(implementations.guards).flatMap(([guard, predicate]) => {
    const limit = /\bmax[A-Z]\w*/.exec(String(predicate))?.[0];
    return limit === undefined ? [] : [[guard, limit] as const];
  }),
);

test("every guard that compares with a limit says it, and no other one does", () => {
  expect(new Set(Object.keys(guardCounts))).toEqual(new Set(named.map(([guard]) => guard)));
});

test.each(named)("%s says the number of %s", (guard, limit) => {
  expect(guardCounts[guard]).toBe(Object.entries(limits).find(([name]) => name === limit)?.[1]);
});

test("a guard that counts is shown with its number, others by their name alone", () => {
  expect(countOf("isReached")).toBeNull();
  const guards = allCharts().flatMap(({ transitions }) => transitions.filter(({ guard }) => guard !== null));
  for (const each of guards) {
    const count = guardCounts[each.guard ?? ""];
    expect(labelOf(each)).toContain(count === undefined ? `[${each.guard}]` : `[${each.guard}: ${count} attempts]`);
  }
});
