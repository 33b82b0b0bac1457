import { describe, expect, test } from "vitest";
import { defaultSettings } from "../../../src/config/load.ts";
import type { Choice, ProbeFacts, Settings } from "../../../src/contract.ts";
import { choose, exitThrough, withExit } from "../../../src/policy/choice.ts";
import { settingsBeside, withOtherExit, withoutOtherExit } from "../../../src/policy/other-exit.ts";
import { changedKeys, refusalBy, type Stand, whyNoExitBy, whyNoUplinkBy } from "../../../src/policy/settings-change.ts";
import { advert, leaseWith, nicNamed, proven } from "../../model/samples.ts";
import { unprobed } from "../../../src/policy/selection.ts";

const probe = (nic: string, gateway: string, hasIpv6 = true): ProbeFacts => ({
  ...unprobed(nicNamed(nic)),
  ...{ carrierAtMs: 1, listeningAtMs: 2, gatewayAtMs: 3, pending: [] },
  lease: leaseWith([gateway]),
  advert: hasIpv6 ? advert : null,
  ...{ proof4: proven, proof6: hasIpv6 ? proven : null },
});
const probes = [probe("eth0", "192.168.1.1"), probe("eth1", "185.69.166.1"), probe("eth2", "185.69.167.1")];
const choice = withExit(choose(probes), probes);
const stand: Stand = { choice, probes };
const refused = (change: Partial<Settings>, on: Stand = stand, before: Partial<Settings> = {}) =>
  refusalBy({ ...defaultSettings, ...before }, { ...defaultSettings, ...change }, on);

test("the keys that differ are those whose values do", () => {
  expect(changedKeys(defaultSettings, { ...defaultSettings, reachTargets: [...defaultSettings.reachTargets] })).toEqual(
    [],
  );
  expect(changedKeys(defaultSettings, { ...defaultSettings, ignoreNics: ["a"], exit: "b" })).toEqual([
    "ignoreNics",
    "exit",
  ]);
});

describe("of a choice with uplink eth0 and exit eth1", () => {
  test("the samples are so", () => {
    expect([choice.uplink?.nic, choice.exit.exitNic]).toEqual(["eth0", "eth1"]);
  });

  test.each<Partial<Settings>>([
    {},
    { ignoreNics: ["usb*"] },
    { ignoreNics: ["eth2"] },
    { uplink: "eth0" },
    { exit: "eth1" },
    { uplink: "eth0", exit: "eth1", ignoreNics: ["eth2"] },
    { reachTargets: ["a:1"], nicKinds: ["veth"], probeTimeoutMs: 1_000 },
  ])("%j leaves all standing", (change) => {
    expect(refused(change)).toBeNull();
  });

  test.each<[Partial<Settings>, string, RegExp]>([
    [{ ignoreNics: ["eth0"] }, "uplink", /eth0 is ignored/],
    [{ ignoreNics: ["eth*"] }, "uplink", /eth0 is ignored/],
    [{ uplink: "eth1" }, "uplink", /eth1 is pinned as the uplink/],
    [{ preferPublic: true }, "uplink", /eth1 goes before eth0/],
    [{ ignoreNics: ["eth1"] }, "exit", /eth1 is ignored/],
    [{ exit: "eth2" }, "exit", /eth2 is pinned as the exit/],
    [{ exit: "eth0" }, "exit", /eth0 is pinned as the exit/],
  ])("%j takes back the %s (%s)", (change, what, why) => {
    expect(refused(change)).toMatchObject({ what, why: expect.stringMatching(why) as string });
  });

  test("a pin that is taken away leaves all standing, and so does a rule that was there before", () => {
    expect(refused({}, stand, { uplink: "eth0" })).toBeNull();
    expect(refused({ exit: "eth9", reachTargets: ["a:1"] }, stand, { exit: "eth9" })).toBeNull();
  });

  test("another order counts only for what is known and has not failed", () => {
    expect(refused({ preferPublic: true }, { choice, probes: [] })).toBeNull();
    const failed = { ...choice, failed: ["eth1", "eth2"].map((nic) => ({ nic, reason: "x" })) };
    expect(refused({ preferPublic: true }, { choice: failed, probes })).toBeNull();
  });
});

test("without a choice nothing is taken back", () => {
  expect(refused({ uplink: "eth1" }, { choice: null, probes })).toBeNull();
});

test("an exit through the uplink is what a pin on the uplink means", () => {
  const through = { uplink: choice.uplink, exit: exitThrough(null, false) };
  expect(whyNoExitBy({ ...defaultSettings, exit: "eth0" }, through)).toBeNull();
  expect(whyNoExitBy({ ...defaultSettings, exit: "eth1" }, through)).toMatch("eth1 is pinned");
  expect(whyNoUplinkBy({ ...defaultSettings, uplink: "eth0" }, "eth0")).toBeNull();
});

describe("another exit beside an uplink that stays", () => {
  const verdictOn = ({ verdicts }: Choice, nic: string) => verdicts.find((each) => each.nic === nic);

  test("is probed without those that are in use", () => {
    expect(settingsBeside({ ...defaultSettings, ignoreNics: ["a"] }, choice).ignoreNics).toEqual(["a", "eth0", "eth1"]);
    expect(settingsBeside({ ...defaultSettings, exit: "eth0" }, choice).ignoreNics).toEqual(["*"]);
  });

  test("is the pinned one, and each NIC is told why it is what it is", () => {
    const after = withOtherExit(choice, [probe("eth2", "185.69.167.1"), probe("eth3", "10.0.0.1", false)], {
      ...defaultSettings,
      exit: "eth2",
    });
    expect(after.exit).toEqual(exitThrough("eth2", true));
    expect(after.uplink).toEqual(choice.uplink);
    expect(verdictOn(after, "eth0")).toEqual(verdictOn(choice, "eth0"));
    expect(verdictOn(after, "eth1")).toMatchObject({
      verdict: "lost",
      reason: expect.stringMatching("until the config") as string,
    });
    expect(verdictOn(after, "eth2")).toMatchObject({ verdict: "exit" });
    expect(verdictOn(after, "eth3")).toMatchObject({ verdict: "lost", reason: "eth0 is the uplink and stays it" });
  });

  test("is the uplink where no other NIC will do, or none could be probed", () => {
    const none = withOtherExit(choice, [], { ...defaultSettings, exit: "eth9" });
    expect(none.exit).toEqual(exitThrough(null, false));
    expect(verdictOn(none, "eth9")).toMatchObject({ verdict: "unusable" });
    expect(withoutOtherExit(choice).exit).toEqual(exitThrough(null, false));
    expect(verdictOn(withoutOtherExit(choice), "eth1")).toMatchObject({ verdict: "lost" });
  });
});
