import { describe, expect, test } from "vitest";
import { scenarios as allScenarios } from "../../src/lab/scenarios/catalogue.ts";
import { startLab } from "./lab-process.ts";
import { type MachineState, readMachine } from "./machine.ts";
import { describePlayed } from "./played.ts";

const isRoot = process.getuid?.() === 0;

/** One of each kind, none of which takes long; `npm run test:long` plays them all. */
const sample = ["up-killed", "client-killed", "networkd-killed", "nic-hot-plugged", "gateway-mac-changes"];
const areAllMeant = process.env["SCENARIOS"] === "all";
const scenarios = allScenarios.filter(({ name }) => areAllMeant || sample.includes(name));

describePlayed({
  what: areAllMeant ? "every scenario" : "a sample of the scenarios",
  scenarios,
  flagsFor: ({ name }) => ["--scenario", name],
  turns: areAllMeant ? 5 : 1,
  timeoutMs: areAllMeant ? 3_600_000 : 300_000,
});

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
