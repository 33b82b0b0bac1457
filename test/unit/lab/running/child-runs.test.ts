import { describe, expect, test } from "vitest";
import { type ChildRun, repeated } from "../../../../src/lab/running/child-runs.ts";

const run = (code: number, stderr = ""): ChildRun<null> => ({ code, report: null, stderr });

describe("runs that failed beside others", () => {
  const { signal } = new AbortController();

  test("are repeated one after another, and what they said before is kept", async () => {
    let running = 0;
    const good = run(0);
    const runs = await repeated([good, run(1, "late"), run(1, "later")], signal, async ({ stderr }) => {
      running += 1;
      expect(running).toBe(1);
      await Promise.resolve();
      running -= 1;
      return run(stderr === "late" ? 0 : 1, "again");
    });
    expect(runs).toEqual([
      good,
      { code: 0, report: null, stderr: "again", saidBefore: "late" },
      { code: 1, report: null, stderr: "again", saidBefore: "later" },
    ]);
  });

  test("stay as they are when they are many", async () => {
    const runs = Array.from({ length: 5 }, () => run(1, "broken"));
    expect(await repeated(runs, signal, () => Promise.reject(new Error("repeated")))).toEqual(runs);
  });
});
