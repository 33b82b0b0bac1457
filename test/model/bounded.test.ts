import { expect, test } from "vitest";
import type { Origin } from "../../src/program/status-file.ts";
import { statusOf } from "../../src/program/status-file.ts";
import { type BootView, followSteps, keptSteps } from "../../src/program/follow-steps.ts";
import { deadWire } from "./farm.ts";
import { World } from "./worlds.ts";

const dayMs = 24 * 3_600_000;
const origin: Origin = {
  ...{ version: "1", pid: 1, startedAt: "2026-01-01T00:00:00Z", supervisor: "embedded", configFaults: [] },
};

test("a boot that starts over for a day has a status of the same size, with its beginning, its latest visits and all counts", async () => {
  const world = new World({ eth0: deadWire });
  const entered: string[] = [];
  const seen: { last?: BootView } = {};
  world.inspectors.push(
    followSteps(
      () => world.clock.nowMs,
      (view) => {
        const current = view.steps.at(-1);
        if (current !== undefined && current.index === entered.length) entered.push(current.state);
        seen.last = view;
      },
    ),
  );
  world.start();
  await world.passes(dayMs);
  expect(entered.length).toBeGreaterThan(1_000);
  if (seen.last === undefined) throw new Error("nothing happened");
  const status = statusOf(seen.last, origin, world.clock.nowMs);
  expect(status.states).toHaveLength(keptSteps.first + keptSteps.latest);
  expect(status.statesLeftOut).toBe(entered.length - status.states.length);
  const states = status.states.map(({ state }) => state);
  expect(states).toEqual([...entered.slice(0, keptSteps.first), ...entered.slice(-keptSteps.latest)]);
  expect(Object.values(status.visits).reduce((sum, count) => sum + count, 0)).toBe(entered.length);
  expect(JSON.stringify(status).length).toBeLessThan(16_384);
});
