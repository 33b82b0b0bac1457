import { tellOfRepeated } from "../../src/lab/running/child-runs.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LayoutRun, runAll } from "../../src/lab/running/parallel-runs.ts";
import { layouts as allLayouts } from "../../src/lab/layouts/catalogue.ts";
import { bundle, startLab } from "./lab-process.ts";
import { type MachineState, readMachine } from "./machine.ts";

const isRoot = process.getuid?.() === 0;
/** Short enough for a test, long enough for an attempt that waits for IPv6 (8 s) to fail before v6-late has any. */
const delays = 0.25;

/** One of each kind; `npm run test:long` boots them all. */
const sample = [
  "home-v4",
  "dc-v6",
  "ula-only",
  "oob-workload",
  "oob-dead-end",
  "dead-7",
  "option-121-wins",
  "odd-names",
];
const areAllMeant = process.env["LAYOUTS"] === "all";
const layouts = allLayouts.filter(({ name }) => areAllMeant || sample.includes(name));

describe.skipIf(!isRoot)(
  `${areAllMeant ? "every layout" : "a sample of the layouts"}${isRoot ? "" : " (skipped: needs root for network namespaces)"}`,
  () => {
    const runs = new Map<string, LayoutRun>();
    const given = new AbortController();
    const before = readMachine();

    beforeAll(async () => {
      const booted = await runAll({
        layouts,
        argvFor: ({ name }) => [process.execPath, bundle, "lab", name, "--json", "--delays", String(delays)],
        atATime: 2,
        turns: 1,
        onDone: (run) => runs.set(run.layout.name, run),
        signal: given.signal,
      });
      for (const run of booted) tellOfRepeated(run.layout.name, run);
    }, 300_000);

    afterAll(() => {
      given.abort();
    });

    test.each(layouts.map(({ name, expected }) => ({ name, outcome: expected.outcome })))(
      "$name comes to $outcome as it must, with every proof, and nothing is left behind",
      ({ name, outcome }) => {
        const run = runs.get(name);
        expect(run?.report?.outcome, run?.stderr).toBe(outcome);
        expect(run?.code, run?.stderr).toBe(0);
      },
    );

    test("none of them changes the machine", () => {
      expect(readMachine()).toEqual<MachineState>(before);
    });
  },
);

describe("all layouts at once", () => {
  test.each([
    [["home-v4", "--all"], "name none"],
    [["--all", "--keep"], "cannot be used with"],
    [["--delays", "0"], "above 0"],
    [["--delays", "soon"], "above 0"],
  ])("is not what %j asks for", async (args, said) => {
    const lab = startLab(args);
    expect(await lab.ended).toBe(64);
    expect(lab.stderr()).toContain(said);
  });
});
