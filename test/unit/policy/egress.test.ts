import { describe, expect, test } from "vitest";
import type { Egress, Reach } from "../../../src/contract.ts";
import { noAddresses } from "../../../src/policy/addresses.ts";
import {
  egressOf,
  egressWords,
  type EgressTrial,
  isIpv4Left,
  isIpv4Misled,
  isIpv4Stale,
  isNodeCutOff,
  isRemoteOutage,
  isServing,
  withSince,
} from "../../../src/policy/egress.ts";

const trial: EgressTrial = {
  family: "v6",
  link: "npub6",
  addresses: { ipv4: [], ipv6: ["2001:db8::2/64"], gateways4: [], gateways6: ["fe80::1"] },
  hasTargets: true,
  isReached: true,
  hindrance: null,
  isAnswered: true,
};

describe("egress", () => {
  test.each<[string, Partial<EgressTrial>, Omit<Egress, "since">]>([
    ["works when a target accepts a connection", {}, { state: "works", why: null }],
    [
      "is absent without an address",
      { addresses: { ...trial.addresses, ipv6: [] }, isReached: false },
      { state: "absent", why: "npub6 has no IPv6 address with a default route" },
    ],
    [
      "fails when the gateway is silent, whatever targets there are",
      { isReached: false, isAnswered: false, hasTargets: false },
      { state: "fails", why: "npub6's gateway fe80::1 does not answer" },
    ],
    [
      "fails when somebody answers in place of the targets, and says who",
      { isReached: false, hindrance: { kind: "portal", by: null, says: "captive portal: login.example answers" } },
      { state: "fails", why: "captive portal: login.example answers" },
    ],
    [
      "is unknown where DNS is at fault, which is named, unless the gateway is silent anyway",
      { isReached: false, hindrance: { kind: "dns", by: "10.0.0.1", says: "DNS server 10.0.0.1 does not answer" } },
      { state: "unknown", why: "DNS server 10.0.0.1 does not answer" },
    ],
    [
      "fails when the gateway alone answers",
      { isReached: false },
      { state: "fails", why: "npub6's gateway fe80::1 answers, but no target does" },
    ],
    [
      "is unknown where no target has an address, and the gateway answers",
      { isReached: false, hasTargets: false },
      { state: "unknown", why: "no target has an IPv6 address" },
    ],
  ])("%s", (_, rest, expected) => {
    expect(egressOf({ ...trial, ...rest })).toEqual(expected);
  });
});

const egress = (state: Egress["state"], since = "now"): Egress => ({ state, why: null, since });
type States = [node: Egress["state"], v4: Egress["state"], v6: Egress["state"]];
const reach = ([node, v4, v6]: States, since = "now"): Reach => ({
  node: { v4: egress(node, since), v6: egress(node, since) },
  workloads: { v4: egress(v4, since), v6: egress(v6, since) },
});

describe("workloads are served", () => {
  test("by IPv6, with or without IPv4", () => {
    expect(isServing(reach(["works", "works", "works"]))).toBe(true);
    expect(isServing(reach(["works", "absent", "works"]))).toBe(true);
    expect(isServing(reach(["works", "fails", "unknown"]))).toBe(true);
    expect(isServing(reach(["works", "works", "fails"]))).toBe(false);
    expect(isServing(reach(["works", "works", "absent"]))).toBe(false);
  });
});

describe("a remote outage", () => {
  test("is when nobody reaches anything in any family", () => {
    expect(isRemoteOutage(reach(["fails", "fails", "fails"]))).toBe(true);
    expect(isRemoteOutage(reach(["absent", "fails", "absent"]))).toBe(true);
    expect(isRemoteOutage(reach(["works", "fails", "fails"]))).toBe(false);
    expect(isRemoteOutage(reach(["fails", "works", "fails"]))).toBe(false);
  });
});

describe("a node that is cut off", () => {
  const alone = reach(["fails", "works", "works"]);

  test("reaches nothing, because its own gateway is silent, while workloads do", () => {
    expect(isNodeCutOff(alone, ["192.168.1.1%zos"])).toBe(true);
    expect(isNodeCutOff(reach(["absent", "fails", "works"]), ["fe80::1%zos"])).toBe(true);
  });

  test.each<[string, Reach, string[]]>([
    ["no gateway is silent", alone, []],
    ["only one of workloads is", alone, ["192.168.2.1%npub4"]],
    ["workloads reach nothing either", reach(["fails", "fails", "fails"]), ["192.168.1.1%zos"]],
    ["the node reaches something", reach(["works", "works", "works"]), ["fe80::1%zos"]],
  ])("is none where %s", (_, found, silent) => {
    expect(isNodeCutOff(found, silent)).toBe(false);
  });
});

describe("since when it is so", () => {
  test("stays while it is so, and is told anew when it changes", () => {
    const before = reach(["works", "works", "fails"], "then");
    const after = withSince(reach(["works", "works", "works"]), before);
    expect(after.workloads.v4.since).toBe("then");
    expect(after.workloads.v6.since).toBe("now");
    expect(withSince(before, null)).toBe(before);
  });
});

test("what is reached is said for both families, with why not and since when", () => {
  const v6: Egress = { state: "fails", why: "npub6's gateway fe80::1 does not answer", since: "then" };
  expect(egressWords({ v4: egress("works"), v6 })).toBe(
    "IPv4 works since now; IPv6 fails since then (npub6's gateway fe80::1 does not answer)",
  );
});

describe("IPv4 of workloads", () => {
  const whole = { ...trial.addresses, ipv4: ["192.168.1.9/24"], gateways4: ["192.168.1.1"] };
  const routeless = { ...whole, gateways4: [] };

  test.each<[string, States, typeof whole, boolean]>([
    ["a lease that leads nowhere", ["works", "fails", "works"], whole, true],
    ["a lease that is gone since", ["works", "works", "works"], trial.addresses, true],
    ["an address without a route", ["works", "absent", "works"], routeless, true],
    ["a lease that works", ["works", "works", "works"], whole, false],
    ["a lease that was never there: its client asks", ["works", "absent", "works"], trial.addresses, false],
    ["no IPv4 for the node either", ["fails", "fails", "works"], whole, false],
  ])("is left behind, or not, with %s", (...[, states, npub4, expected]) => {
    expect(isIpv4Left(reach(states), npub4)).toBe(expected);
  });

  test.each<[string, States, boolean]>([
    ["works for the node", ["works", "fails", "works"], false],
    ["has no lease", ["absent", "absent", "works"], false],
    ["fails like IPv6", ["fails", "fails", "fails"], false],
    ["fails alone", ["fails", "fails", "works"], true],
  ])("is misled, or not, where it %s", (_, states, expected) => {
    expect(isIpv4Misled(reach(states), noAddresses)).toBe(expected);
  });

  test("is misled where the node's lease names no gateway, and not where it has none", () => {
    const states = ["absent", "fails", "works"] as const;
    expect(isIpv4Misled(reach([...states]), { ...noAddresses, ipv4: ["192.168.1.9/24"] })).toBe(true);
    expect(isIpv4Misled(reach([...states]), noAddresses)).toBe(false);
  });

  test("is worth another look when a lease came after the last one", () => {
    expect(isIpv4Stale(reach(["works", "absent", "works"]), whole)).toBe(true);
    expect(isIpv4Stale(reach(["works", "absent", "works"]), trial.addresses)).toBe(false);
    expect(isIpv4Stale(reach(["works", "works", "works"]), whole)).toBe(false);
  });
});
