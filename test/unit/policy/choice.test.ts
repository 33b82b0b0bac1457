import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ProbeFacts } from "../../../src/contract.ts";
import {
  choose,
  exitThroughUplink,
  isExitKnown,
  keepAdopted,
  withExit,
  withoutUplink,
} from "../../../src/policy/choice.ts";
import { freeChoice, rankCandidates } from "../../../src/policy/selection.ts";
import { advert, anyProbes, good, good6, lease, probe, proofs } from "./probe-facts.ts";

/** The whole choice, with the exit that the same facts lead to. */
const decide = (all: ProbeFacts[], rules = freeChoice) => withExit(choose(all, rules), all, rules);
/** What is left when the best NIC fails. */
const drop = (all: ProbeFacts[], failure: string) => withoutUplink(decide(all), failure, { all, rules: freeChoice });

describe("the exit NIC", () => {
  test("is none on a node with one NIC, and both of ndmz's interfaces sit on zos", () => {
    const both = good("eth0", "10.0.0.1", { advert: advert(["2001:db8::2/64"]) });
    expect(decide([both]).exit).toEqual({ exitNic: null, npub4Parent: "zos", npub6Parent: "zos" });
  });

  test("is another NIC with a global IPv6 default route; IPv4 stays on zos unless that NIC has an IPv4 gateway too", () => {
    const oob = good("eth0");
    expect(decide([oob, good6("eth1")]).exit).toEqual({ exitNic: "eth1", npub4Parent: "zos", npub6Parent: "br-pub" });
    const whole = good6("eth1", { lease: lease("203.0.113.1") });
    expect(decide([oob, whole]).exit).toEqual({ exitNic: "eth1", npub4Parent: "br-pub", npub6Parent: "br-pub" });
    const half = good6("eth1", { lease: lease(null) });
    expect(decide([oob, half]).exit.npub4Parent).toBe("zos");
  });

  test("is not a NIC with a unique local prefix only, nor one without a default router", () => {
    const unique = probe("eth1", { advert: advert(["fd00::2/64"]), proof6: proofs.egress });
    const routerless = probe("eth2", { advert: advert(["2001:db8::2/64"], { routers: [] }) });
    expect(decide([good("eth0"), unique, routerless]).exit).toEqual(exitThroughUplink);
  });

  test("is the first by name when there are several", () => {
    expect(decide([good("eth0"), good6("eth10"), good6("eth9")]).exit.exitNic).toBe("eth9");
  });

  test("is rather one whose IPv6 was proven, and the uplink itself rather than one whose IPv6 leads nowhere", () => {
    const deaf = good6("eth1", { proof6: proofs.gatewayOnly });
    expect(decide([good("eth0"), deaf, good6("eth2")]).exit.exitNic).toBe("eth2");
    const both = good("eth0", "10.0.0.1", { advert: advert(["2001:db8::2/64"]), proof6: proofs.egress });
    expect(decide([both, deaf]).exit.exitNic).toBeNull();
  });

  test("is the one that the operator pinned, whatever its probe found", () => {
    const choice = decide([good("eth0"), good6("eth1"), probe("eth2")], { ...freeChoice, exit: "eth2" });
    expect(choice.exit).toEqual({ exitNic: "eth2", npub4Parent: "zos", npub6Parent: "br-pub" });
  });

  test("is known only when every other NIC with carrier has a router, or had the time to find one", () => {
    const waiting = probe("eth1", { pending: ["v6"] });
    const isKnown = (...others: ProbeFacts[]) =>
      isExitKnown(choose([good("eth0"), ...others]), [good("eth0"), ...others]);
    expect(isKnown(waiting)).toBe(false);
    expect(isKnown(waiting, good6("eth2"))).toBe(false);
    expect(isKnown({ ...waiting, isRouterLate: true })).toBe(false);
    expect(isKnown({ ...waiting, isRouterLate: true }, good6("eth2"))).toBe(true);
    expect(isKnown({ ...waiting, carrierAtMs: null })).toBe(true);
    expect(isKnown(good6("eth1"))).toBe(true);
  });

  test("is known at once where the uplink has IPv6 itself, unless another NIC leads out by IPv4 or is pinned", () => {
    const own = good("eth0", "10.0.0.1", { advert: advert(["2001:db8::2/64"]) });
    const isKnown = (other: Partial<ProbeFacts>, exit: string | null = null) => {
      const all = [own, probe("eth1", { pending: ["v6"], ...other })];
      return isExitKnown(choose(all), all, { ...freeChoice, exit });
    };
    expect(isKnown({})).toBe(true);
    expect(isKnown({ lease: lease(null) })).toBe(true);
    expect(isKnown({ lease: lease("203.0.113.1") })).toBe(false);
    expect(isKnown({}, "eth1")).toBe(false);
    expect(isKnown({ lease: lease("203.0.113.1") }, "eth0")).toBe(true);
  });

  test("is never the uplink, always has a global IPv6 default route, and is there when one is of more worth than the uplink", () => {
    fc.assert(
      fc.property(anyProbes, (all) => {
        const { uplink, exit } = decide(all);
        const able = all.filter(
          (facts) =>
            facts.nic !== uplink?.nic &&
            facts.advert?.routers.length === 1 &&
            facts.advert.addresses.some((address) => address.startsWith("2")),
        );
        const isOwnProven = all.find(({ nic }) => nic === uplink?.nic)?.proof6?.reached != null;
        const isWorthLess = isOwnProven && able.every(({ proof6 }) => proof6?.reached == null);
        if (exit.exitNic === null) expect(uplink === null || able.length === 0 || isWorthLess).toBe(true);
        else expect(able.map(({ nic }) => nic)).toContain(exit.exitNic);
      }),
    );
  });
});

describe("when the uplink fails after all", () => {
  test("the next best takes its place, until none is left", () => {
    fc.assert(
      fc.property(anyProbes, (all) => {
        let choice = decide(all);
        const tried: string[] = [];
        while (choice.uplink !== null) {
          tried.push(choice.uplink.nic);
          choice = withoutUplink(choice, "no target answered", { all, rules: freeChoice });
        }
        expect(tried).toEqual(rankCandidates(all).map(({ nic }) => nic));
        expect(choice.verdicts.some(({ verdict }) => verdict === "chosen")).toBe(false);
      }),
    );
  });

  test("the verdicts say which NIC failed, why, and which one follows", () => {
    const choice = drop([good("eth0"), good("eth1"), probe("eth2")], "no target answered through zos");
    expect(choice.uplink?.nic).toBe("eth1");
    expect(choice.others).toEqual([]);
    expect(choice.verdicts).toEqual([
      { nic: "eth0", verdict: "lost", reason: "was chosen first, but no target answered through zos" },
      { nic: "eth1", verdict: "chosen", reason: "next best after eth0: private gateway 10.0.0.1, the only candidate" },
      { nic: "eth2", verdict: "unusable", reason: "carrier, but no DHCP offer and no router advertisement" },
    ]);
  });

  test("the exit NIC that becomes the uplink is no exit NIC any more", () => {
    const all = [good("eth0"), good6("eth1")];
    expect(decide(all).exit.exitNic).toBe("eth1");
    expect(drop(all, "it failed")).toMatchObject({ uplink: { nic: "eth1" }, exit: exitThroughUplink });
  });

  test("the exit is decided anew for the one that follows", () => {
    const all = [good("eth0"), good("eth1"), good6("eth2")];
    expect(withExit(drop(all, "it failed"), all)).toMatchObject({ uplink: { nic: "eth1" }, exit: { exitNic: "eth2" } });
  });
});

test("an adopted uplink is kept as it is, with nothing beside it to fall back on", () => {
  const { uplink, exit } = decide([good("eth0"), good6("eth1")]);
  if (uplink === null) throw new Error("there is no uplink");
  const idle = [
    { nic: "eth0", hasCarrier: true },
    { nic: "eth1", hasCarrier: true },
    { nic: "eth2", hasCarrier: true },
    { nic: "eth3", hasCarrier: false },
  ];
  const kept = keepAdopted({ uplink, exit, idle });
  expect(kept).toMatchObject({ uplink, exit, others: [], isRemoteFault: false });
  expect(kept.verdicts).toMatchObject([
    { nic: "eth0", verdict: "chosen" },
    { nic: "eth1", verdict: "exit" },
    { nic: "eth2", verdict: "lost" },
    { nic: "eth3", verdict: "unusable", reason: "no carrier" },
  ]);
  expect(withoutUplink(kept, "it failed", { all: [], rules: freeChoice }).uplink).toBeNull();
});
