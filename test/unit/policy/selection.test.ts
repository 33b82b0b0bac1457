import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Choice, Family, ProbeFacts, Proof } from "../../../src/contract.ts";
import { classOf, gatewayClasses } from "../../../src/policy/addresses.ts";
import { addressesOf } from "../../../src/policy/network.ts";
import { choose as chooseUplink, withExit } from "../../../src/policy/choice.ts";
import {
  byName,
  candidateOf,
  compareCandidates,
  hasProvenCandidate,
  type ChoiceRules,
  freeChoice,
  hasAnsweredRival,
  hasProvenBest,
  isChoiceCertain,
  isListed,
  isUplinkCertain,
  rankCandidates,
  settleAnswersMs,
  settleProofsMs,
  unprobed,
  withHeard,
} from "../../../src/policy/selection.ts";
import { advert, anyProbes, completed, gateways, good, good6, lease, probe, proofs, shuffled } from "./probe-facts.ts";

/** The whole choice, with the exit that the same facts lead to. */
const choose = (all: ProbeFacts[]) => withExit(chooseUplink(all), all);
const uplinkOf = (all: ProbeFacts[]) => choose(all).uplink?.nic ?? null;

/** A choice without the order in which the NICs were heard of. */
const unordered = (choice: Choice) => ({
  ...choice,
  verdicts: choice.verdicts.toSorted((a, b) => byName(a.nic, b.nic)),
});

describe("the choice of the uplink", () => {
  test("is the same in whatever order the probes report", () => {
    fc.assert(
      fc.property(
        anyProbes.chain((all) => fc.tuple(fc.constant(all), shuffled(all))),
        ([all, other]) => {
          expect(unordered(choose(other))).toEqual(unordered(choose(all)));
        },
      ),
    );
  });

  test("is the same whatever addresses the leases hold and whatever gateway of its class each network has", () => {
    const anyOther = fc.record({
      address: fc.ipV4(),
      private: fc.constantFrom(...gateways.private),
      shared: fc.constantFrom(...gateways.shared),
      public4: fc.constantFrom(...gateways.public4),
      public6: fc.constant("unused"),
    });
    fc.assert(
      fc.property(anyProbes, fc.array(anyOther, { minLength: 6, maxLength: 6 }), (all, others) => {
        const renumbered = all.map((facts, index) => {
          const other = others[index];
          const best = classOf(addressesOf({ ...facts, advert: null }));
          if (facts.lease === null || best === null || other === undefined) return facts;
          return { ...facts, lease: { ...facts.lease, address: other.address, gateways: [other[best]] } };
        });
        const { uplink, exit, others: rest, isRemoteFault } = choose(all);
        expect(choose(renumbered)).toMatchObject({ uplink, exit, others: rest, isRemoteFault });
      }),
    );
  });

  test("never falls on a NIC without a gateway, and falls on one whenever there is one", () => {
    fc.assert(
      fc.property(anyProbes, (all) => {
        const hasGateway = (facts: ProbeFacts | undefined) =>
          facts !== undefined && classOf(addressesOf(facts)) !== null;
        const uplink = uplinkOf(all);
        if (uplink === null) expect(all.some(hasGateway)).toBe(false);
        else expect(hasGateway(all.find(({ nic }) => nic === uplink))).toBe(true);
      }),
    );
  });

  test("does not change when a NIC on which nothing answers is added", () => {
    fc.assert(
      fc.property(anyProbes, (all) => {
        const { uplink, exit, others } = choose(all);
        expect(choose([probe("aaa0"), ...all])).toMatchObject({ uplink, exit, others });
      }),
    );
  });

  test("prefers proven egress to everything else", () => {
    fc.assert(
      fc.property(anyProbes, (all) => {
        const ranked = rankCandidates(all);
        if (ranked.some(({ hasEgress }) => hasEgress)) expect(ranked[0]?.hasEgress).toBe(true);
      }),
    );
    const oob = probe("eth0", { lease: lease("192.168.1.1"), proof4: proofs.gatewayOnly });
    expect(uplinkOf([oob, good("eth1", "203.0.113.1")])).toBe("eth1");
  });

  test("prefers a gateway that answers when nothing leads to the Internet", () => {
    const silent = probe("eth0", { lease: lease("192.168.1.1"), proof4: proofs.silent });
    const answering = probe("eth1", { lease: lease("203.0.113.1"), proof4: proofs.gatewayOnly });
    expect(uplinkOf([silent, answering])).toBe("eth1");
  });

  test("goes by class when the whole Internet is away", () => {
    const away = (nic: string, gateway: string) => probe(nic, { lease: lease(gateway), proof4: proofs.gatewayOnly });
    const choice = choose([away("eth0", "203.0.113.1"), away("eth1", "100.64.0.1"), away("eth2", "192.168.1.1")]);
    expect(choice.uplink?.nic).toBe("eth2");
    expect(choice.others.map(({ nic }) => nic)).toEqual(["eth1", "eth0"]);
    expect(choice.isRemoteFault).toBe(true);
  });

  test("prefers the better class among equals: private, shared, public IPv4, public IPv6", () => {
    const four = [good6("eth0"), good("eth1", "203.0.113.1"), good("eth2", "100.64.0.1"), good("eth3", "192.168.1.1")];
    expect(rankCandidates(four).map((candidate) => candidate.class)).toEqual(gatewayClasses);
    expect(uplinkOf(four)).toBe("eth3");
  });

  test("takes a network with a unique local prefix for a private one", () => {
    const unique = probe("eth1", { advert: advert(["fd00::2/64"]), proof6: proofs.egress });
    expect(uplinkOf([good("eth0", "203.0.113.1"), unique])).toBe("eth1");
  });

  test("breaks ties by natural name order", () => {
    expect(uplinkOf([good("eth10"), good("eth2")])).toBe("eth2");
    expect(uplinkOf([good("enp10s0"), good("enp3s0f1"), good("enp3s0")])).toBe("enp3s0");
  });

  test("is no remote fault when there is no gateway, or when one leads to the Internet", () => {
    expect(choose([]).isRemoteFault).toBe(false);
    expect(choose([probe("eth0")]).isRemoteFault).toBe(false);
    expect(
      choose([good("eth0"), probe("eth1", { lease: lease("10.0.0.1"), proof4: proofs.silent })]).isRemoteFault,
    ).toBe(false);
  });

  test("names the families for which the uplink has a gateway, and its MAC", () => {
    const both = good("eth0", "10.0.0.1", { mac: "02:00:00:00:00:07", advert: advert(["2001:db8::2/64"]) });
    expect(choose([both]).uplink).toEqual({
      nic: "eth0",
      mac: "02:00:00:00:00:07",
      mtuBytes: null,
      families: ["v4", "v6"],
    });
    expect(choose([good("eth0")]).uplink?.families).toEqual(["v4"]);
    expect(choose([good6("eth0", { lease: lease(null) })]).uplink?.families).toEqual(["v6"]);
  });
});

describe("the orders by which is chosen", () => {
  test("names have one order only: total, antisymmetric and transitive", () => {
    const anyName = fc.stringMatching(/^[a-zA-Z0-9._-]{1,15}$/);
    fc.assert(
      fc.property(anyName, anyName, anyName, (a, b, c) => {
        expect(Math.sign(byName(a, b))).toBe(-Math.sign(byName(b, a)) + 0);
        if (byName(a, b) === 0) expect(a).toBe(b);
        if (byName(a, b) < 0 && byName(b, c) < 0) expect(byName(a, c)).toBeLessThan(0);
      }),
    );
  });

  test("two candidates are never equal unless they are the same", () => {
    fc.assert(
      fc.property(anyProbes, (all) => {
        const ranked = rankCandidates(all);
        for (const [index, candidate] of ranked.entries()) {
          for (const worse of ranked.slice(index + 1)) expect(compareCandidates(candidate, worse)).toBeLessThan(0);
        }
      }),
    );
  });

  test("a NIC that has not been probed is no candidate, and all of it is still to be learnt", () => {
    const facts = unprobed({ name: "eth0", mac: "02:00:00:00:00:01", mtuBytes: 9000, driver: null });
    expect(candidateOf(facts)).toBeNull();
    expect(facts).toMatchObject({ nic: "eth0", mtuBytes: 9000, carrierAtMs: null, pending: ["v4", "v6"] });
  });
});

describe("certainty of the uplink", () => {
  const both: Family[] = ["v4", "v6"];

  test("means that nothing which NICs with carrier still learn changes the uplink", () => {
    fc.assert(
      fc.property(
        anyProbes.filter(isUplinkCertain).chain((all) => fc.tuple(fc.constant(all), completed(all))),
        ([all, later]) => {
          expect(uplinkOf(later)).toBe(uplinkOf(all));
        },
      ),
      { numRuns: 500 },
    );
  });

  test("is the least that must hold before everything is known to be certain", () => {
    fc.assert(
      fc.property(anyProbes, (all) => {
        if (isChoiceCertain(all)) expect(isUplinkCertain(all)).toBe(true);
      }),
    );
  });

  test("is reached when all NICs are done, with or without a candidate", () => {
    fc.assert(
      fc.property(anyProbes, (all) => {
        const done = all.map((facts) => ({ ...facts, pending: [] }));
        expect(isUplinkCertain(done)).toBe(true);
        expect(isChoiceCertain(done)).toBe(true);
      }),
    );
  });

  test("does not wait for NICs that are behind by name", () => {
    expect(isUplinkCertain([good("eth0"), probe("eth1", { pending: both })])).toBe(true);
  });

  test("waits for a NIC with carrier that would come first by name", () => {
    expect(isUplinkCertain([good("eth1"), probe("eth0", { pending: both })])).toBe(false);
    expect(isUplinkCertain([good("eth1"), probe("eth0", { pending: ["v6"], lease: lease("169.254.1.1") })])).toBe(
      false,
    );
  });

  test("waits for a NIC with carrier while the best has a lower class", () => {
    expect(isUplinkCertain([good("eth0", "203.0.113.1"), probe("eth1", { pending: both })])).toBe(false);
  });

  test("does not wait for NICs without carrier once there is a candidate, but does when there is none", () => {
    const unplugged = probe("eth0", { carrierAtMs: null, pending: both });
    expect(isUplinkCertain([unplugged, good("eth1")])).toBe(true);
    expect(isUplinkCertain([unplugged, probe("eth1")])).toBe(false);
  });

  test("needs proven egress of a candidate whose probe still runs", () => {
    expect(isUplinkCertain([probe("eth0", { lease: lease("10.0.0.1"), pending: both })])).toBe(false);
    expect(isUplinkCertain([good("eth0", "10.0.0.1", { pending: ["v6"] })])).toBe(true);
  });

  test("a lone NIC of a lower class is waited for, as its IPv6 side may say more", () => {
    expect(isChoiceCertain([good("eth0", "203.0.113.1", { pending: ["v6"] })])).toBe(false);
    expect(isChoiceCertain([good("eth0", "10.0.0.1", { pending: ["v6"] })])).toBe(true);
  });
});

describe("how long to settle", () => {
  const provenAt = (provenAtMs: number) => ({ proof4: { ...proofs.egress, provenAtMs } });
  const best = good("eth5", "10.0.0.1", { listeningAtMs: 1000, gatewayAtMs: 1200, ...provenAt(1250) });
  const both: Family[] = ["v4", "v6"];
  const rival = (rest: Partial<ProbeFacts> = {}) => probe("eth1", { pending: both, listeningAtMs: 1000, ...rest });

  test("gives a rival twice the time that the best NIC listened until its gateway", () => {
    expect(settleAnswersMs([best, rival()])).toBe(150);
  });

  test("counts a rival's time from when it began to listen, and nobody's who can no longer go before", () => {
    expect(settleAnswersMs([best, rival({ listeningAtMs: 1100 })])).toBe(250);
    expect(settleAnswersMs([best, rival({ listeningAtMs: null })])).toBe(400);
    const late = { pending: both, listeningAtMs: 1240 };
    const hopeless = [
      probe("eth9", late),
      probe("eth3", { ...late, carrierAtMs: null }),
      probe("eth2", { ...late, pending: [] }),
    ];
    expect(settleAnswersMs([best, rival(), ...hopeless])).toBe(150);
  });

  test("then gives one that knows a gateway the best NIC's time from gateway to proof", () => {
    const slow = { ...best, ...provenAt(1500) };
    expect(settleProofsMs([slow, rival({ gatewayAtMs: 1300 })])).toBe(300);
    expect(hasAnsweredRival([best, rival({ gatewayAtMs: 1300 })])).toBe(true);
    expect(hasAnsweredRival([best, rival(), probe("eth9", { pending: both, gatewayAtMs: 1300 })])).toBe(false);
  });

  test("counts the family that proved itself first", () => {
    const twice = (reached6: Proof) => ({ ...best, ...provenAt(1400), proof6: { ...reached6, provenAtMs: 1300 } });
    expect(settleAnswersMs([twice(proofs.egress), rival()])).toBe(100);
    expect(settleProofsMs([twice(proofs.egress), rival()])).toBe(100);
    expect(settleProofsMs([twice(proofs.gatewayOnly), rival()])).toBe(200);
  });

  test("is within 50 ms and 1 s, each time", () => {
    expect(settleAnswersMs([best, rival({ listeningAtMs: 0 })])).toBe(50);
    expect(settleAnswersMs([best, rival({ listeningAtMs: 9000 })])).toBe(1000);
    fc.assert(
      fc.property(anyProbes, (all) => {
        for (const ms of [settleAnswersMs(all), settleProofsMs(all)]) {
          expect(ms).toBeGreaterThanOrEqual(50);
          expect(ms).toBeLessThanOrEqual(1000);
        }
      }),
    );
  });
});

test("the time of the first gateway is kept, whichever family tells of it", () => {
  const bare = probe("eth0");
  const leased = withHeard(bare, { lease: lease("10.0.0.1"), heardAtMs: 40 });
  expect(leased.gatewayAtMs).toBe(40);
  expect(withHeard(leased, { advert: advert(["2001:db8::2/64"]), heardAtMs: 60 }).gatewayAtMs).toBe(40);
  expect(withHeard(bare, { lease: lease(null), heardAtMs: 40 }).gatewayAtMs).toBeNull();
  expect(
    withHeard(bare, { advert: advert(["2001:db8::2/64"], { routers: [] }), heardAtMs: 60 }).gatewayAtMs,
  ).toBeNull();
});

test("a private gateway counts as proven only when a target answered through it", () => {
  const idle = probe("eth0", { lease: lease("10.0.0.1"), proof4: proofs.gatewayOnly });
  expect(hasProvenBest([idle])).toBe(false);
  expect(hasProvenCandidate([idle])).toBe(false);
  expect(hasProvenBest([idle, good("eth1", "203.0.113.1")])).toBe(false);
  expect(hasProvenCandidate([idle, good("eth1", "203.0.113.1")])).toBe(true);
  expect(hasProvenBest([good("eth0", "10.0.0.1")])).toBe(true);
});

describe("an operator's word", () => {
  const rules = (rest: Partial<ChoiceRules>): ChoiceRules => ({ ...freeChoice, ...rest });

  test("pins the uplink, whatever is better", () => {
    const all = [good("eth0"), probe("eth1", { lease: lease("203.0.113.1"), proof4: proofs.silent })];
    const choice = chooseUplink(all, rules({ uplink: "eth1" }));
    expect(choice.uplink?.nic).toBe("eth1");
    expect(choice.verdicts[0]).toEqual({
      nic: "eth0",
      verdict: "lost",
      reason: "eth1 is pinned as the uplink by configuration",
    });
  });

  test("leaves the node without an uplink when the pinned NIC has no gateway", () => {
    expect(chooseUplink([good("eth0"), probe("eth1")], rules({ uplink: "eth1" })).uplink).toBeNull();
  });

  test("makes the choice certain without waiting for NICs that may not be chosen", () => {
    const all = [good("eth1"), probe("eth0", { pending: ["v4"] })];
    expect(isUplinkCertain(all)).toBe(false);
    expect(isUplinkCertain(all, rules({ uplink: "eth1" }))).toBe(true);
  });

  test("lets public gateways go before private ones", () => {
    const all = [good("eth0"), good("eth1", "203.0.113.1")];
    expect(chooseUplink(all).uplink?.nic).toBe("eth0");
    expect(chooseUplink(all, rules({ preferPublic: true })).uplink?.nic).toBe("eth1");
  });

  test("keeps a NIC out of it by name or by the beginning of its name", () => {
    const ignored = { verdict: "ignored", reason: "ignored by configuration" };
    const verdicts = chooseUplink([good("eth0"), probe("usb3")], rules({ ignoreNics: ["usb*"] })).verdicts;
    expect(verdicts[1]).toMatchObject(ignored);
    expect(isListed("eth0", ["eth0"])).toBe(true);
    expect(isListed("eth01", ["eth0"])).toBe(false);
  });
});
