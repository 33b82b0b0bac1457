import { expect, test } from "vitest";
import { hasCome } from "../../../src/program/await-state.ts";
import type { Visits } from "../../../src/program/follow-steps.ts";
import type { Status } from "../../../src/program/status-file.ts";

const statusIn = (state: Status["state"], visits: Visits, pid = 1) =>
  ({ pid, startedAt: "2026-01-01T00:00:00Z", state, visits }) as Status;
const online = statusIn("online", { nat: 1, online: 1 });

test("a boot has come to the step in which it is", () => {
  expect(hasCome("online", online, { isRunning: true, status: online })).toBe(true);
  expect(hasCome("nat", online, { isRunning: true, status: online })).toBe(false);
  expect(hasCome("online", null, { isRunning: true, status: null })).toBe(false);
});

test("a boot that was killed while online is not online", () => {
  expect(hasCome("online", online, { isRunning: false, status: online })).toBe(false);
});

test.each(["done", "stopped"] as const)("a boot that has ended is %s", (state) => {
  const status = statusIn(state, { [state]: 1 });
  expect(hasCome(state, status, { isRunning: false, status })).toBe(true);
});

test("a step that a boot has passed since it was looked at was come to, an earlier visit was not", () => {
  const lost = statusIn("waitIpv6", { nat: 1, online: 1, waitIpv6: 2 });
  expect(hasCome("nat", lost, { isRunning: true, status: lost })).toBe(false);
  const mended = statusIn("online", { nat: 2, online: 2, waitIpv6: 2 });
  expect(hasCome("nat", lost, { isRunning: true, status: mended })).toBe(true);
});

test("all visits of a boot that began since count", () => {
  expect(hasCome("nat", online, { isRunning: true, status: statusIn("online", { nat: 1, online: 1 }, 2) })).toBe(true);
  expect(hasCome("nat", null, { isRunning: true, status: online })).toBe(true);
});
