import { createActor, fromPromise, fromTransition } from "xstate";
import { expect, test } from "vitest";
import { enrollMachine } from "../../machines/enroll.ts";
import { SimulatedTime } from "../../src/lab/herd/simulated-time.ts";
import type { GridInterface } from "../../src/policy/grid.ts";
import { grid } from "./samples.ts";

test("addresses that change every second are told once a minute, and the last ones in the end", async () => {
  const time = new SimulatedTime();
  const toldMs: number[] = [];
  let now: GridInterface[] = [];
  let told: GridInterface[] = [];
  const actors = {
    ensureAccount: fromPromise(() => Promise.resolve({ twinId: 5, clockOffsetMs: 0 })),
    ensureNode: fromPromise(() => {
      toldMs.push(time.nowMs);
      told = now;
      return Promise.resolve({ nodeId: 7, farmId: 1, interfaces: now });
    }),
    reportUptime: fromPromise(() => Promise.resolve({ uptimeSeconds: 1 })),
    watchInterfaces: fromTransition((state: object) => state, {}),
  };
  const actor = createActor(enrollMachine.provide({ actors: actors as object }), { clock: time, input: { grid } });
  actor.start();
  for (let second = 1; second <= 600; second += 1) {
    await time.pass(second * 1_000);
    now = [{ name: "zos", mac: "02:00:00:00:00:01", ips: [`192.0.2.${second % 250}`] }];
    actor.send({ type: "interfaces.observed", interfaces: now });
  }
  await time.pass(700_000);
  actor.stop();
  const gaps = toldMs.slice(1).map((ms, at) => ms - (toldMs[at] ?? 0));
  expect(toldMs.length).toBeGreaterThanOrEqual(10);
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(60_000);
  expect(told).toEqual(now);
});
