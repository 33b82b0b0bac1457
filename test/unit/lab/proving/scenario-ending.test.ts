import { describe, expect, test } from "vitest";
import { type Ended, latenessOf, outcomeOf, problemsOfEnding } from "../../../../src/lab/proving/scenario-ending.ts";
import { type ScenarioRun, typicalOf } from "../../../../src/lab/running/scenario-runs.ts";
import type { ScenarioReport } from "../../../../src/lab/running/scenario-report.ts";
import { scenarioNamed } from "../../../../src/lab/scenarios/catalogue.ts";
import type { Status } from "../../../../src/program/status-file.ts";

const scenario = scenarioNamed("uplink-pulled");
const { ending } = scenario;
const online = { state: "online", detail: "online.watching", uplink: { nic: "eth1" }, exit: null, failure: null };
const good: Ended = {
  status: online as unknown as Status,
  reached: {},
  recoveredMs: 700,
  brokenFamilies: [],
  flows: [{ family: "v4", kind: "udp", lostMs: 700, isKept: true }],
  said: "state online",
  ...{ changed: [], visited: ["probe"], commands: 40, sights: [], strays: [] },
};

describe("what is not as promised", () => {
  test.each<[string, Partial<Ended>, RegExp[]]>([
    ["nothing", {}, []],
    [
      "another state",
      { status: { ...good.status, detail: "waitIpv6.retry", state: "waitIpv6" } as Status },
      [/waitIpv6/],
    ],
    [
      "another uplink",
      { status: { ...good.status, uplink: { nic: "eth0" } } as Status },
      [/on eth0.*and not online on eth1/],
    ],
    ["no word of the program", { status: null }, [/nothing of itself/]],
    ["a family that does not work", { brokenFamilies: ["v6"] }, [/IPv6 .* does not work/]],
    [
      "a flow that was not kept",
      { flows: [{ family: "v4", kind: "udp", lostMs: 0, isKept: false }] },
      [/v4\/udp was not kept/],
    ],
    ["a namespace that is another", { changed: [{ what: "ndmz", was: "1", is: "2" }] }, [/ndmz .*1 → 2/]],
    ["a packet with an inward source", { strays: ["fd00::1 at router-home"] }, [/source fd00::1/]],
    ["something that looks otherwise", { sights: [{ says: "vm0 is in zos", saw: "nothing" }] }, [/not so: vm0/]],
  ])("%s", (_, more, said) => {
    const problems = problemsOfEnding(ending, { ...good, ...more });
    expect(problems).toHaveLength(said.length);
    for (const [index, pattern] of said.entries()) expect(problems[index]).toMatch(pattern);
  });

  test("a status that claims to be well is not degraded", () => {
    expect(outcomeOf(good.status)).toBe("online");
    expect(outcomeOf({ ...good.status, detail: "online.degraded" } as Status)).toBe("degraded");
    const degraded = scenarioNamed("switch-admits-one-mac").ending;
    expect(problemsOfEnding(degraded, { ...good, said: "port security" })).toEqual([
      expect.stringMatching(/online.watching .* and not degraded/),
    ]);
  });

  test("what takes longer than promised is told apart", () => {
    expect(latenessOf(ending, good)).toEqual([]);
    const slow = { ...good, flows: [{ family: "v4", kind: "udp", lostMs: 1_001, isKept: true } as const] };
    expect(latenessOf(ending, slow)).toEqual(["v4/udp had no answer for 1001 ms, at most 1000 expected"]);
  });
});

describe("of several runs", () => {
  const runWith = (lostMs: number, problems: string[] = [], late: string[] = []): ScenarioRun => ({
    scenario,
    code: problems.length === 0 ? 0 : 1,
    stderr: "",
    report: {
      flows: [{ family: "v4", kind: "udp", lostMs, isKept: true }],
      problems,
      late,
    } as unknown as ScenarioReport,
  });

  test("the one in the middle counts, so that one that was slow decides nothing", () => {
    const runs = [runWith(900, ["late"], ["late"]), runWith(300), runWith(500)];
    expect(typicalOf(runs)).toEqual([runs[2]]);
  });

  test("one that failed for anything but its times goes before all others", () => {
    const runs = [runWith(300), runWith(400, ["left behind: link x"]), runWith(500)];
    expect(typicalOf(runs)).toEqual([runs[1]]);
  });
});
