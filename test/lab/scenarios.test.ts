import { tellOfRepeated } from "../../src/lab/running/child-runs.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { playMany, type ScenarioRun } from "../../src/lab/running/scenario-runs.ts";
import { scenarios as allScenarios } from "../../src/lab/scenarios/catalogue.ts";
import { bundle, startLab } from "./lab-process.ts";
import { type MachineState, readMachine } from "./machine.ts";

const isRoot = process.getuid?.() === 0;

/** One of each kind, none of which takes long; `npm run test:long` plays them all. */
const sample = ["up-killed", "client-killed", "networkd-killed", "nic-hot-plugged", "gateway-mac-changes"];
const areAllMeant = process.env["SCENARIOS"] === "all";
const scenarios = allScenarios.filter(({ name }) => areAllMeant || sample.includes(name));

describe.skipIf(!isRoot)(
  `${areAllMeant ? "every scenario" : "a sample of the scenarios"}${isRoot ? "" : " (skipped: needs root for network namespaces)"}`,
  () => {
    const runs = new Map<string, ScenarioRun>();
    const given = new AbortController();
    const before = readMachine();

    beforeAll(
      async () => {
        const played = await playMany({
          scenarios,
          argvFor: ({ name }) => [process.execPath, bundle, "lab", "--scenario", name, "--json"],
          atATime: 2,
          turns: areAllMeant ? 5 : 1,
          onDone: (run) => runs.set(run.scenario.name, run),
          signal: given.signal,
        });
        for (const run of played) tellOfRepeated(run.scenario.name, run);
      },
      areAllMeant ? 3_600_000 : 300_000,
    );

    afterAll(() => {
      given.abort();
    });

    for (const { name, summary } of scenarios) {
      test(`${name}: ${summary}, and all that must come of it does`, () => {
        const run = runs.get(name);
        expect(run?.report?.problems, run?.stderr).toEqual([]);
      });
    }

    test("none of them changes the machine", () => {
      expect(readMachine()).toEqual<MachineState>(before);
    });
  },
);

describe.skipIf(!isRoot)("a scenario that is ended", () => {
  test("early leaves nothing behind", async () => {
    const before = readMachine();
    const lab = startLab(["--scenario", "cable-out-60s"]);
    await expect.poll(lab.stdout, { timeout: 60_000 }).toContain("is pulled for 60 s");
    lab.signal("SIGINT");
    expect(await lab.ended).toBe(130);
    expect(readMachine()).toEqual<MachineState>(before);
  });
});

describe("scenarios", () => {
  test.each([
    [["home-v4", "--scenario", "up-killed"], "name none"],
    [["--scenarios", "--all"], "cannot be used with"],
    [["--scenario", "up-killed", "--keep"], "cannot be used with"],
    [["--scenario", "no-such"], "there is no scenario"],
    [["soak", "--faults", "none"], "whole number"],
  ])("are not what %j asks for", async (args, said) => {
    const lab = startLab(args);
    expect(await lab.ended).toBe(64);
    expect(lab.stderr()).toContain(said);
  });
});
