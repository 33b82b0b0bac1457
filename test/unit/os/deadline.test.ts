import { EventEmitter, once } from "node:events";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { withDeadline } from "../../../src/os/deadline.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;
const nothing = (signal: AbortSignal) => once(new EventEmitter(), "never", { signal });
const never = () => new AbortController().signal;

test("what never comes is given up when its time is over, whatever the garbage collector takes meanwhile", async () => {
  const waiting = expect(withDeadline(200, AbortSignal.any([never(), never()]), nothing)).rejects.toThrow("aborted");
  const collecting = setInterval(collect, 20);
  await waiting.finally(() => clearInterval(collecting));
});

test("what is aborted from outside is given up, also before it began", async () => {
  const outside = new AbortController();
  const waiting = expect(withDeadline(60_000, outside.signal, nothing)).rejects.toThrow("aborted");
  outside.abort();
  await waiting;
  await expect(withDeadline(60_000, outside.signal, nothing)).rejects.toThrow("aborted");
});

test("what comes in time is what is returned", async () => {
  expect(await withDeadline(60_000, never(), () => Promise.resolve(7))).toBe(7);
});
