import { describe, expect, test } from "vitest";
import type { ProbeFacts } from "../../../src/contract.ts";
import { choose, withExit } from "../../../src/policy/choice.ts";
import {
  givenBackEarly,
  givenBackFirst,
  givenBackForExit,
  givenBackInVain,
  givenBackNext,
} from "../../../src/policy/giving-back.ts";
import { freeChoice } from "../../../src/policy/selection.ts";
import { good, good6, probe } from "./probe-facts.ts";

const holding = (probes: ProbeFacts[], held = probes.map(({ nic }) => nic)) => ({
  isReportOnly: false,
  adopted: null,
  choice: choose(probes, freeChoice),
  probes,
  settings: freeChoice,
  held,
});
const dead = probe("eth9", { carrierAtMs: null });

describe("when the uplink is chosen", () => {
  test("it is given back first, with its lease kept, while other probes go on", () => {
    expect(givenBackFirst(holding([good("eth0"), good("eth1")]))).toEqual({ nics: ["eth0"], becomes: "uplink" });
  });

  test("and there is none, all NICs are given back", () => {
    expect(givenBackFirst(holding([dead, probe("eth8")]))).toEqual({ nics: ["eth9", "eth8"], becomes: "idle" });
  });

  test("for a report alone, all NICs are given back, each to be used at once", () => {
    const all = { ...holding([good("eth0"), dead]), isReportOnly: true };
    expect(givenBackFirst(all)).toEqual({ nics: ["eth0", "eth9"], becomes: "ready" });
  });
});

describe("while the uplink is put in its place", () => {
  test("NICs that lead nowhere are given back; a candidate and the exit are not", () => {
    const probes = [good("eth0"), good("eth1"), good6("eth2"), dead];
    expect(givenBackEarly(holding(probes, ["eth1", "eth2", "eth9"]))).toEqual({ nics: ["eth9"], becomes: "idle" });
  });

  test("nothing is given back before the exit is known, nor on a node that keeps the uplink that it has", () => {
    const listening = probe("eth1", { pending: ["v6"] });
    expect(givenBackEarly(holding([good("eth0"), listening, dead])).nics).toEqual([]);
    const { choice } = holding([good("eth0")]);
    if (choice.uplink === null) throw new Error("there is an uplink");
    const adopted = { uplink: choice.uplink, exit: choice.exit, idle: [] };
    expect(givenBackEarly({ ...holding([good("eth0"), dead]), adopted }).nics).toEqual([]);
  });
});

describe("when the uplink failed", () => {
  test("the next candidate is given back for its place", () => {
    expect(givenBackNext(holding([good("eth0"), good("eth1"), dead]))).toEqual({ nics: ["eth1"], becomes: "uplink" });
  });

  test("and no candidate is left, all NICs are given back", () => {
    expect(givenBackNext(holding([good("eth0"), dead], ["eth9"]))).toEqual({ nics: ["eth9"], becomes: "idle" });
  });
});

describe("when the exit is chosen", () => {
  test("its NIC is given back to be used at once", () => {
    const all = holding([good("eth0"), good6("eth1")]);
    const choice = withExit(all.choice, all.probes, all.settings);
    expect(givenBackForExit({ choice })).toEqual({ nics: ["eth1"], becomes: "ready" });
  });

  test("and is the uplink itself, none is given back for it", () => {
    expect(givenBackForExit(holding([good("eth0")])).nics).toEqual([]);
    expect(givenBackForExit({ choice: null }).nics).toEqual([]);
  });
});

test("while nothing leads out, NICs whose probes know all that they will are given back, and no others", () => {
  const probes = [good("eth0"), probe("eth1", { pending: [] }), probe("eth2", { pending: ["v6"] })];
  expect(givenBackInVain({ probes, held: ["eth1", "eth2"] })).toEqual({ nics: ["eth1"], becomes: "idle" });
});
