import { expect, test } from "vitest";
import { renderBench } from "../../../../src/lab/bench/bench-table.ts";
import { type BenchFigures, type LayoutFigures, missedIn, ratioOf } from "../../../../src/lab/bench/figures.ts";
import { commandsUntilOnline } from "../../../../src/lab/bench/measure-layout.ts";

const good: LayoutFigures = {
  layout: "home-dual",
  bootMs: 300,
  states: { start: 100, probe: 200 },
  emptyMs: 60,
  baselineMs: 160,
  commands: 25,
  peakKib: 60 * 1_024,
  quiet: { residentKib: 60 * 1_024, commands: 1, cpuMs: 20 },
  statusMs: 90,
  versionMs: 70,
};
const figuresOf = (...layouts: LayoutFigures[]): BenchFigures => ({ machine: "", runs: 7, layouts, failovers: [] });

test("a boot is compared with an empty program and the baseline together", () => {
  expect(ratioOf({ ...good, bootMs: 440 })).toBe(2);
});

test("what is within its limits is not told of", () => {
  expect(missedIn(figuresOf(good))).toEqual([]);
});

test("each figure that is more than it should be is told of with its limit", () => {
  const slow = { ...good, bootMs: 440, commands: 57, statusMs: 200, quiet: { residentKib: 1, commands: 6, cpuMs: 40 } };
  expect(missedIn(figuresOf(slow))).toEqual([
    "home-dual: times (empty + baseline): 2, at most 1.50",
    "home-dual: commands to online: 57, at most 25",
    "home-dual: commands in a quiet minute: 6, at most 1",
    "home-dual: ms of CPU in a quiet minute: 40, at most 33",
    "status: ms more than an empty program: 140, at most 30",
  ]);
});

test("dead NICs are compared with a node that has none", () => {
  expect(missedIn(figuresOf(good, { ...good, layout: "dead-7", bootMs: 400 }))).toEqual([
    "dead-7: times home-dual: 1.33, at most 1.20",
  ]);
});

test("a family that never came back is more than any limit", () => {
  const failovers = [{ scenario: "exit-pulled", v4Ms: 900, v6Ms: null }];
  expect(missedIn({ ...figuresOf(), failovers })).toEqual(["exit-pulled: ms without IPv6: Infinity, at most 2500"]);
});

test("the table has a column for each layout, and a dash for what one did not have", () => {
  const other = { ...good, layout: "dc-v6", states: { start: 90 }, quiet: null };
  const rows = renderBench(figuresOf(good, other)).map((line) => line.split(/\s{2,}/));
  expect(rows).toContainEqual(["", "home-dual", "dc-v6"]);
  expect(rows).toContainEqual(["", "probe", "200", "–"]);
  expect(rows).toContainEqual(["CPU in a quiet minute", "20", "–"]);
});

test("commands count until the boot is online for the first time", () => {
  const command = '{"level":20,"command":"ip link","msg":"command"}';
  const transition = (state: string) => `{"level":20,"actor":"networkd","state":"${state}","msg":"transition"}`;
  const log = [command, transition("prove"), command, transition("online.inPlace"), command, transition("online.x")];
  expect(commandsUntilOnline(log.join("\n"))).toBe(2);
});
