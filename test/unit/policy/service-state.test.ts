import { expect, test } from "vitest";
import { stateOfZinit2, stateOfZinit3 } from "../../../src/policy/service-state.ts";

test.each([
  ["Running", "Up", "running"],
  ["Spawned", "Up", "starting"],
  ["Blocked", "Up", "starting"],
  ["Unknown", "Up", "starting"],
  ["Success", "Up", "ended"],
  ["Error(Exited(Pid(4), 1))", "Up", "ended"],
  ["Error(Signaled(Pid(31), SIGKILL, false))", "Up", "ended"],
  ["TestFailure", "Up", "failed"],
  ["Failure", "Up", "failed"],
  ["Unknown", "Down", "ended"],
  ["Running", "Down", "running"],
  ["Errored", "Up", "unknown"],
  ["", "Up", "unknown"],
])("zinit 0.2's %s with target %s is %s", (text, target, state) => {
  expect(stateOfZinit2(text, target).state).toBe(state);
  expect(stateOfZinit2(text, target).detail).toContain(text);
});

test.each([
  ["running", "running"],
  ["starting", "starting"],
  ["blocked", "starting"],
  ["inactive", "ended"],
  ["stopping", "ended"],
  ["exited", "ended"],
  ["failed", "failed"],
  ["paused", "unknown"],
])("zinit 0.3's %s is %s", (name, state) => {
  expect(stateOfZinit3(name, undefined)).toEqual({ state, detail: name });
  expect(stateOfZinit3(name, "why").detail).toBe(`${name}: why`);
});
