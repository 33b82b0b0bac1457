import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { tellOfRepeated } from "../../src/lab/running/child-runs.ts";
import { playMany, type ScenarioRun } from "../../src/lab/running/scenario-runs.ts";
import type { Scenario } from "../../src/lab/scenarios/scenario.ts";
import { bundle } from "./lab-process.ts";
import { type MachineState, readMachine } from "./machine.ts";

interface Plays {
  /** What is played, for the tests' title. */
  what: string;
  scenarios: readonly Scenario[];
  /** The flags by which `lab` plays one. */
  flagsFor: (scenario: Scenario) => string[];
  turns: number;
  timeoutMs: number;
}

/** Plays scenarios two at a time; each is a test that finds what must come of it, and none changes the machine. */
export function describePlayed({ what, scenarios, flagsFor, turns, timeoutMs }: Plays): void {
  const isRoot = process.getuid?.() === 0;
  describe.skipIf(!isRoot)(`${what}${isRoot ? "" : " (skipped: needs root for network namespaces)"}`, () => {
    const runs = new Map<string, ScenarioRun>();
    const given = new AbortController();
    const before = readMachine();

    beforeAll(async () => {
      const played = await playMany({
        scenarios,
        argvFor: (scenario) => [process.execPath, bundle, "lab", ...flagsFor(scenario), "--json"],
        atATime: 2,
        turns,
        onDone: (run) => runs.set(run.scenario.name, run),
        signal: given.signal,
      });
      for (const run of played) tellOfRepeated(run.scenario.name, run);
    }, timeoutMs);

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
  });
}
