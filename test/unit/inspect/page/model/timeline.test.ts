import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  axisOf,
  played,
  quietStretches,
  shareAt,
  ticksOf,
  timeAt,
} from "../../../../../src/inspect/page/model/axis.ts";
import { latest, momentAt } from "../../../../../src/inspect/page/model/history.ts";
import { nicRows } from "../../../../../src/inspect/page/model/nics.ts";
import { longestPart, pathWithin, stepBars, stepRows } from "../../../../../src/inspect/page/model/step-bars.ts";
import { begins, changing, ends, historyOf, moves, start, wholeBoot } from "./records.ts";

describe("the steps of a boot", () => {
  test("follow each other from the program's start", () => {
    const history = historyOf(wholeBoot());
    const bars = stepBars(history, { ...latest(history), atMs: 200 });
    expect(bars.map(({ step, fromMs, toMs }) => [step, fromMs, toMs])).toEqual([
      ["starting", 0, 10],
      ["recover", 10, 20],
      ["probe", 20, 40],
      ["selectGateway", 40, 50],
      ["bridge", 50, 60],
      ["register", 60, 70],
      ["reach", 70, 80],
      ["selectExit", 80, 101],
      ["enroll", 101, 110],
      ["ndmz", 110, 120],
      ["waitIpv6", 120, 130],
      ["nat", 130, 140],
      ["online", 140, 200],
    ]);
  });

  test("add up to the time that has passed, at every moment", () => {
    const history = historyOf(wholeBoot());
    fc.assert(
      fc.property(fc.double({ min: 0, max: 300, noNaN: true }), (atMs) => {
        const bars = stepBars(history, momentAt(history, atMs));
        expect(stepRows(bars).reduce((sum, { totalMs }) => sum + totalMs, 0)).toBeCloseTo(atMs, 6);
        for (const [index, bar] of bars.entries()) expect(bar.fromMs).toBe(bars[index - 1]?.toMs ?? 0);
      }),
    );
  });

  test("have rows before the boot comes to them, and one row for all visits", () => {
    const records = [
      ...wholeBoot(),
      moves(150, "boot", ["boot.restart"]),
      moves(170, "boot", ["boot.recover.attempt"]),
    ];
    const rows = stepRows(stepBars(historyOf(records), { seq: records.length, atMs: 180 }));
    const names = rows.map(({ step }) => step);
    expect(stepRows([]).map(({ step }) => step)).toEqual(names.filter((step) => step !== "restart"));
    expect(names.at(-1)).toBe("restart");
    expect(rows.find(({ step }) => step === "recover")).toMatchObject({ totalMs: 20, bars: [{}, {}] });
  });

  test("say what took longest", () => {
    const bars = stepBars(historyOf(wholeBoot()), { seq: 40, atMs: 200 });
    const probe = bars.find(({ step }) => step === "probe");
    expect(probe && longestPart(probe)?.state).toMatch(/^internet\.probe\./);
  });

  test.each([
    ["register", "internet.register.address", "address"],
    ["online", "online.suspect.diagnose", "suspect.diagnose"],
    ["online", "networkd.online", ""],
    ["enroll", "boot.networkd", ""],
  ])("%s names %s within it %s", (step, state, path) => {
    expect(pathWithin(step, state)).toBe(path);
  });

  test("that are machines of their own are one bar for each visit, with the machine's states", () => {
    const lost = [
      moves(150, "boot/networkd/online", ["online.suspect.grace"]),
      moves(160, "boot/networkd/online", ["online.lost"]),
      ends(160, "boot/networkd/online"),
      moves(160, "boot/networkd", ["networkd.mend"]),
      moves(160, "boot/networkd", ["networkd.nat.attempt"]),
      moves(170, "boot/networkd", ["networkd.online"]),
      begins(170, "boot/networkd/online", "online"),
      moves(170, "boot/networkd/online", ["online.watching"]),
    ];
    const history = historyOf([...wholeBoot(), ...lost]);
    const bars = stepBars(history, { ...latest(history), atMs: 200 }).slice(-3);
    expect(bars.map(({ step, actor, fromMs, toMs }) => [step, actor, fromMs, toMs])).toEqual([
      ["online", "boot/networkd/online", 140, 160],
      ["nat", "boot/networkd", 160, 170],
      ["online", "boot/networkd/online", 170, 200],
    ]);
    expect(bars[0] && longestPart(bars[0])?.state).toBe("online.watching");
  });

  test("that are not known in detail any more are one bar", () => {
    const history = historyOf([
      { ...start, historySinceMs: 9_000 },
      begins(10, "boot", "boot"),
      moves(20, "boot", ["boot.networkd"]),
      begins(20, "boot/networkd", "networkd"),
      moves(140, "boot/networkd", ["networkd.online"]),
      begins(140, "boot/networkd/online", "online"),
      moves(140, "boot/networkd/online", ["online.watching"]),
    ]);
    const bars = stepBars(history, { ...latest(history), atMs: 10_000 });
    expect(bars.map(({ step, fromMs, toMs }) => [step, fromMs, toMs])).toEqual([
      ["earlier", 0, 9_000],
      ["online", 9_000, 10_000],
    ]);
  });
});

describe("the time axis", () => {
  const folds = fc
    .uniqueArray(fc.integer({ min: 1, max: 100_000 }), { minLength: 0, maxLength: 8 })
    .map((list) => list.toSorted((a, b) => a - b))
    .map((list) =>
      list.flatMap((fromMs, index) =>
        index % 2 === 0 && list[index + 1] ? [{ fromMs, toMs: list[index + 1] ?? 0 }] : [],
      ),
    );

  test("leads from a time to its place and back", () => {
    fc.assert(
      fc.property(folds, fc.double({ min: 0, max: 100_000, noNaN: true }), (list, atMs) => {
        const axis = axisOf(100_000, list);
        const share = shareAt(axis, atMs);
        expect(share).toBeGreaterThanOrEqual(0);
        expect(share).toBeLessThanOrEqual(1);
        expect(Math.abs(timeAt(axis, share) - atMs)).toBeLessThan(1);
      }),
    );
  });

  test("never goes back", () => {
    fc.assert(
      fc.property(folds, (list) => {
        const axis = axisOf(100_000, list);
        const shares = Array.from({ length: 200 }, (_, index) => shareAt(axis, index * 500));
        expect(shares).toEqual(shares.toSorted((a, b) => a - b));
        expect(shareAt(axis, 100_000)).toBeCloseTo(1, 9);
      }),
    );
  });

  test("gives most of its length to the boot, however long the node has been online", () => {
    const history = historyOf(wholeBoot());
    const hoursMs = 5 * 3_600_000;
    const bars = stepBars(history, { ...latest(history), atMs: hoursMs });
    const axis = axisOf(hoursMs, quietStretches(bars, hoursMs));
    expect(shareAt(axis, 140)).toBeGreaterThan(0.25);
    expect(axis.pieces.filter(({ isFolded }) => isFolded)).toHaveLength(1);
  });

  test("folds self-checks that find nothing, and nothing else", () => {
    const checks = [30_000, 60_000, 90_000].flatMap((atMs) => [
      moves(atMs, "boot/networkd/online", ["online.suspect.diagnose"]),
      moves(atMs + 80, "boot/networkd/online", ["online.watching"]),
    ]);
    const end = [moves(100_000, "boot/networkd/online", ["online.lost"]), ends(100_000, "boot/networkd/online")];
    const broken = [...checks, ...end, moves(100_000, "boot/networkd", ["networkd.waitIpv6.listen"])];
    const history = historyOf([...wholeBoot(), ...broken]);
    const bars = stepBars(history, { ...latest(history), atMs: 160_000 });
    expect(quietStretches(bars, 160_000)).toEqual([{ fromMs: 440, toMs: 99_700 }]);
  });

  test("has round times, none of them in a fold", () => {
    const axis = axisOf(100_000, [{ fromMs: 5_000, toMs: 98_000 }]);
    const times = ticksOf(axis, 8).map(({ atMs }) => atMs);
    expect(times.slice(0, 4)).toEqual([0, 1_000, 2_000, 3_000]);
    expect(times.every((atMs) => atMs <= 5_000 || atMs >= 98_000)).toBe(true);
    expect(ticksOf(axisOf(0, []), 8)).toEqual([]);
  });

  test("is played at the pace of the clock, but for what is folded", () => {
    const axis = axisOf(100_000, [{ fromMs: 5_000, toMs: 98_000 }]);
    expect(played(axis, 100, 50)).toBe(150);
    expect(played(axis, 5_000, 400)).toBeGreaterThan(40_000);
    expect(played(axis, 99_990, 50)).toBe(100_000);
  });
});

describe("the row of a NIC", () => {
  const actor = "boot/internet/probe.eth0";
  const facts = { nic: "eth0", carrierAtMs: 25, lease: null, advert: null, proof4: null, proof6: null };
  const lease = { address: "10.0.0.9", gateways: ["10.0.0.1"] };
  const probed = [
    start,
    begins(10, "boot", "boot"),
    moves(10, "boot", ["boot.internet"]),
    begins(10, "boot/internet", "internet"),
    begins(20, actor, "probe"),
    changing({ facts: { ...facts, carrierAtMs: null } }, moves(20, actor, ["probe.carrier.attempt"])),
    changing({ "facts.carrierAtMs": 25 }, moves(30, actor, ["probe.isolate.attempt"])),
    moves(40, actor, ["probe.listen.v4.request", "probe.listen.v6.solicit.hopeful"]),
    changing({ "facts.lease": lease }, moves(60, actor, ["probe.listen.v4.prove", "probe.listen.v6.solicit.hopeful"])),
  ];
  const answered = { gatewayAnswers: true, reached: "a:1", provenAtMs: 90 };

  function barsAt(records: typeof probed, atMs: number) {
    const [row] = nicRows(historyOf(records), { seq: records.length, atMs });
    return row?.bars.map(({ phase, family, fromMs, toMs }) => [phase, family, fromMs, toMs]);
  }

  test("tells what each family waited for", () => {
    expect(barsAt(probed, 100)).toEqual([
      ["no-carrier", "both", 20, 30],
      ["isolating", "both", 30, 40],
      ["asking", "v4", 40, 60],
      ["asking", "v6", 40, 100],
      ["trying", "v4", 60, 100],
    ]);
  });

  test.each([
    ["proven", { "facts.proof4": answered }],
    ["half-proven", { "facts.proof4": { ...answered, reached: null } }],
    ["silent", { "facts.proof4": { ...answered, reached: null, gatewayAnswers: false } }],
    ["no-gateway", { "facts.lease": { ...lease, gateways: [] } }],
    ["unheard", { "facts.lease": null }],
  ])("ends in what the network was worth: %s", (phase, changes) => {
    const known = changing(changes, moves(90, actor, ["probe.listen.v4.known", "probe.listen.v6.solicit.hopeful"]));
    expect(barsAt([...probed, known], 100)?.at(-1)).toEqual([phase, "v4", 90, 100]);
  });

  test("goes on for the uplink until the boot leaves it", () => {
    const choice = { verdicts: [{ nic: "eth0", verdict: "chosen", reason: "private gateway 10.0.0.1" }] };
    const chosen = [
      ...probed,
      ends(95, actor, "stopped"),
      changing({ choice }, moves(96, "boot/internet", ["internet.bridge"])),
    ];
    expect(barsAt(chosen, 120)?.at(-1)).toEqual(["in-use", "both", 95, 120]);
    const left = [...chosen, moves(130, "boot", ["boot.networkd"]), moves(140, "boot", ["boot.restart"])];
    expect(barsAt(left, 200)?.at(-1)).toEqual(["in-use", "both", 95, 140]);
    const [row] = nicRows(historyOf(left), { seq: 20, atMs: 200 });
    expect(row).toMatchObject({ nic: "eth0", words: "private gateway 10.0.0.1", verdict: { verdict: "chosen" } });
  });

  test("has no bar without carrier but the one that says so", () => {
    const given = changing({ facts: { ...facts, carrierAtMs: null } }, moves(90, actor, ["probe.known"]));
    expect(barsAt([...probed.slice(0, 6), given], 100)).toEqual([["no-carrier", "both", 20, 100]]);
  });
});
