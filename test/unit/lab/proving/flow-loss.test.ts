import { describe, expect, test } from "vitest";
import type { FlowRecord } from "../../../../src/lab/farm/flow-record.ts";
import { isWorking, lossOf, recoveredMsOf } from "../../../../src/lab/proving/flow-loss.ts";
import { straysAmong } from "../../../../src/lab/proving/strays.ts";
import { homeIpv4, homeIpv6, router } from "../../../../src/lab/layouts/parts.ts";

const healthy: FlowRecord = {
  ...{ family: "v6", kind: "udp", sent: 500, answered: 500, lastAnswerMs: 9_990 },
  ...{ gaps: [], failedMs: null, sources: ["2001:db8:1::2"] },
  newcomers: { lastGoodBegunMs: 9_900, outages: [] },
};

describe("what became of a flow", () => {
  test.each<[string, Partial<FlowRecord>, { lostMs: number; isKept: boolean }]>([
    ["nothing happened", {}, { lostMs: 0, isKept: true }],
    ["it had no answer for a while", { gaps: [[4_900, 6_000]] }, { lostMs: 1_100, isKept: true }],
    ["it had none before the beginning", { gaps: [[1_000, 4_000]] }, { lostMs: 0, isKept: true }],
    [
      "the longest time counts",
      {
        gaps: [
          [5_000, 5_300],
          [6_000, 8_000],
        ],
      },
      { lostMs: 2_000, isKept: true },
    ],
    [
      "it ended, and others of its kind had no answer for a while",
      { failedMs: 5_500, newcomers: { lastGoodBegunMs: 9_900, outages: [[5_100, 7_000]] } },
      { lostMs: 1_900, isKept: false },
    ],
    ["it ended, and others went on", { failedMs: 5_500 }, { lostMs: 0, isKept: false }],
    [
      "it and all others have no answer any more",
      { lastAnswerMs: 5_000, newcomers: { lastGoodBegunMs: 4_900, outages: [[5_000, null]] } },
      { lostMs: 5_000, isKept: false },
    ],
  ])("%s", (_, more, meant) => {
    expect(lossOf({ ...healthy, ...more }, 5_000, 10_000)).toEqual({ family: "v6", kind: "udp", ...meant });
  });

  test("new ones work when one that began after a moment had an answer, and none was in vain since", () => {
    expect(isWorking(healthy, 9_000, 10_000)).toBe(true);
    expect(isWorking(healthy, 9_950, 10_000)).toBe(false);
    expect(isWorking(healthy, 9_000, 12_000)).toBe(false);
    const inVain = { lastGoodBegunMs: 9_900, outages: [[9_950, null]] as [number, null][] };
    expect(isWorking({ ...healthy, newcomers: inVain }, 9_000, 10_000)).toBe(false);
  });

  test("traffic is back when the last kind in the families that should work is", () => {
    const tcp: FlowRecord = {
      ...healthy,
      kind: "tcp",
      newcomers: { lastGoodBegunMs: 9_900, outages: [[5_000, 7_500]] },
    };
    const v4: FlowRecord = {
      ...healthy,
      family: "v4",
      newcomers: { lastGoodBegunMs: 4_900, outages: [[5_000, null]] },
    };
    expect(recoveredMsOf([healthy, tcp, v4], ["v6"], 5_000)).toBe(2_500);
    expect(recoveredMsOf([healthy, tcp, v4], ["v4", "v6"], 5_000)).toBeNull();
    expect(recoveredMsOf([healthy, tcp], ["v6"], 8_000)).toBe(0);
    const single = {
      lastGoodBegunMs: 9_900,
      outages: [
        [5_000, 7_500],
        [9_000, 9_105],
      ] as [number, number][],
    };
    expect(recoveredMsOf([{ ...healthy, newcomers: single }], ["v6"], 5_000)).toBe(2_500);
  });
});

test("sources are strays when they are from outside the router's networks, or inward addresses of the node", () => {
  const sources = ["192.168.1.100", "100.127.0.2", "2001:db8:1::5", "fd00::1", "192.168.77.9"];
  const offers = [router(homeIpv4, homeIpv6), router({ ...homeIpv4, address: "192.168.77.1/24" }, null)];
  expect(straysAmong(sources, { offers, inward: [] })).toEqual(["100.127.0.2", "fd00::1"]);
  const fd00 = [router(null, { ...homeIpv6, prefix: "fd00::/64" })];
  expect(straysAmong(["fd00::1", "fd00::9"], { offers: fd00, inward: ["fd00::1"] })).toEqual(["fd00::1"]);
});
