import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { delayMsOf, withDelays } from "../../../../src/lab/layouts/delays.ts";
import { type Found, problemsOf, visitsWith } from "../../../../src/lab/proving/expectation.ts";
import { layoutNamed, layouts } from "../../../../src/lab/layouts/catalogue.ts";
import { compareTimes, type LayoutRun } from "../../../../src/lab/running/parallel-runs.ts";
import { renderRuns, withTable } from "../../../../src/lab/running/run-table.ts";
import type { LabReport } from "../../../../src/lab/running/lab-report.ts";
import type { Status } from "../../../../src/program/status-file.ts";

describe("layouts", () => {
  test("have names and summaries of their own", () => {
    for (const key of ["name", "summary"] as const) {
      const all = layouts.map((layout) => layout[key]);
      expect(new Set(all).size).toBe(all.length);
    }
  });

  test("are listed in the README as they are (`npm run docs` writes the list)", () => {
    const readme = readFileSync(new URL("../../../../README.md", import.meta.url), "utf8");
    expect(readme).toBe(withTable(readme, layouts));
  });

  test("expect things of NICs that they have, whose cables lead to segments that they have", () => {
    for (const { nics, segments, expected } of layouts) {
      const names = [...nics.map(({ name }) => name), null];
      for (const meant of [expected.uplink, expected.exit]) {
        expect(names.some((name) => (meant instanceof RegExp ? meant.test(name ?? "") : name === meant))).toBe(true);
      }
      for (const name of Object.keys(expected.reasons)) expect(names).toContain(name);
      for (const { segment } of nics) expect([...segments.map(({ name }) => name), null]).toContain(segment);
    }
  });

  test("wait as long as their data say, or shorter for people in a hurry", () => {
    const late = layoutNamed("v6-late");
    expect(delayMsOf(late)).toBe(40_000);
    expect(delayMsOf(withDelays(late, 0.25))).toBe(10_000);
    expect(delayMsOf(layoutNamed("stp-30s"))).toBe(30_000);
    expect(delayMsOf(withDelays(layoutNamed("stp-30s"), 0))).toBe(4_000);
    expect(withDelays(layoutNamed("linklocal"), 0)).toMatchObject({ probeTimeoutMs: 1_000 });
    expect(withDelays(layoutNamed("home-dual"), 0.1)).toEqual(layoutNamed("home-dual"));
  });
});

describe("what a run came to", () => {
  const layout = layoutNamed("v6-late");
  const good: Found = {
    ...{ outcome: "online", uplink: "eth0", exit: "eth0", mtus: new Map() },
    nics: [{ nic: "eth0", verdict: "chosen", reason: "private gateway" }],
    visits: new Map([["waitIpv6", { isRetried: true }]]),
  };

  test.each<[string, Partial<Found>, string[]]>([
    ["all is as expected", {}, []],
    ["another outcome", { outcome: "nat" }, ["outcome is nat and not online"]],
    ["no uplink", { uplink: null }, ["uplink is none and not eth0"]],
    ["another exit", { exit: "eth1" }, ["exit is eth1 and not eth0"]],
    ["a NIC without a word", { nics: [] }, ["eth0 is not explained"]],
    ["a state that was left out", { visits: new Map() }, ["the boot was never in waitIpv6"]],
    [
      "a state that succeeded at once",
      { visits: new Map([["waitIpv6", { isRetried: false }]]) },
      ["no attempt failed in waitIpv6"],
    ],
  ])("is told apart: %s", (_, found, problems) => {
    expect(problemsOf(layout, { ...good, ...found })).toEqual(problems);
  });

  test("is told apart: a reason that does not fit, and an MTU that was not taken", () => {
    const [outOfBand, odd] = [layoutNamed("oob-dead-end"), layoutNamed("odd-names")];
    const reasonOf = (nic: string) => ({ nic, verdict: "lost" as const, reason: "no carrier" });
    const found = { ...good, uplink: "eth1", exit: "eth1", nics: outOfBand.nics.map(({ name }) => reasonOf(name)) };
    expect(problemsOf(outOfBand, found)).toEqual([expect.stringMatching(/^eth0 is explained by "no carrier" and not/)]);
    const name = "wan-port.uplink";
    const oddFound = { ...good, uplink: name, exit: name, nics: odd.nics.map((nic) => reasonOf(nic.name)) };
    expect(problemsOf(odd, oddFound)).toContain("MTU of zos is none and not 1280");
  });

  test("a failed attempt is remembered when the boot has gone on", () => {
    const states = [{ state: "waitIpv6" as const, ms: 1 }];
    const status = { states, state: "waitIpv6", detail: "waitIpv6.listen", attempts: 1 } as Status;
    const earlier = visitsWith(new Map(), status);
    const later = visitsWith(earlier, { ...status, state: "online", detail: "online", attempts: 0 });
    expect(later.get("waitIpv6")).toEqual({ isRetried: true });
  });
});

describe("many runs", () => {
  const runOf = (name: string, totalMs: number): LayoutRun => ({
    ...{ layout: layoutNamed(name), code: 0, stderr: "" },
    report: {
      ...{
        layout: name,
        kernel: "6.1.0",
        outcome: "online",
        uplink: "eth0",
        exit: "eth0",
        totalMs,
        states: [],
        nics: [],
        grid: null,
        zdb: null,
        leftovers: [],
      },
      proof: { host4: true, host6: null, nr4: false, nr6: true, inbound4Blocked: true, inbound6Blocked: true },
    } satisfies LabReport,
  });

  test("are shown in one table", () => {
    const broken: LayoutRun = { layout: layoutNamed("home-v4"), code: 1, stderr: "", report: null };
    expect(renderRuns([runOf("home-dual", 900), broken])).toEqual([
      "   layout     outcome  uplink  exit   ms  proof",
      "✓  home-dual  online   eth0    eth0  900  4 of 5, not nr4",
      "✗  home-v4    nothing",
    ]);
  });

  test("dead NICs may make a boot a third longer, and no more", () => {
    expect(compareTimes([runOf("home-dual", 1_000), runOf("dead-7", 1_300)])).toMatchObject({ isInTime: true });
    expect(compareTimes([runOf("home-dual", 1_000), runOf("dead-7", 1_301)])).toMatchObject({ isInTime: false });
    expect(compareTimes([runOf("home-dual", 1_000)])).toBeNull();
  });
});
