import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Choice, Family, ProbeFacts } from "../../src/contract.ts";
import { classOf, gatewayClasses } from "../../src/policy/addresses.ts";
import {
  byName,
  candidateOf,
  choose,
  compareCandidates,
  exitThroughUplink,
  hasProvenCandidate,
  hasProvenPrivate,
  isChoiceCertain,
  isUplinkCertain,
  keepAdopted,
  rankCandidates,
  settleMs,
  unprobed,
  withoutUplink,
} from "../../src/policy/selection.ts";
import { advert, anyProbes, completed, gateways, lease, probe, proofs, shuffled } from "./probe-facts.ts";

const uplinkOf = (all: ProbeFacts[]) => choose(all).uplink?.nic ?? null;

/** A NIC with an IPv4 gateway that leads to the Internet. */
const good = (nic: string, gateway: string = gateways.private[0], rest: Partial<ProbeFacts> = {}) =>
  probe(nic, { lease: lease(gateway), proof4: proofs.egress, ...rest });

/** A NIC with a global IPv6 default route that leads to the Internet. */
const good6 = (nic: string, rest: Partial<ProbeFacts> = {}) =>
  probe(nic, { advert: advert(["2001:db8::2/64"]), proof6: proofs.egress, ...rest });

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
          const best = classOf(facts.lease, null);
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
          facts !== undefined && classOf(facts.lease, facts.advert) !== null;
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
    expect(choose([both]).uplink).toEqual({ nic: "eth0", mac: "02:00:00:00:00:07", families: ["v4", "v6"] });
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
    const facts = unprobed({ name: "eth0", mac: "02:00:00:00:00:01", mtuBytes: 9000 });
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
  const after = (carrierAtMs: number, provenAtMs: number) =>
    settleMs([
      good("eth0", "10.0.0.1", { carrierAtMs, proof4: { ...proofs.egress, provenAtMs } }),
      probe("eth1", { carrierAtMs: 0 }),
    ]);

  test("is as long as the best NIC needed from carrier to proof", () => {
    expect(after(1000, 1300)).toBe(300);
  });

  test("is within 50 ms and 1 s", () => {
    expect(after(1000, 1001)).toBe(50);
    expect(after(1000, 9000)).toBe(1000);
    fc.assert(
      fc.property(anyProbes, (all) => {
        expect(settleMs(all)).toBeGreaterThanOrEqual(50);
        expect(settleMs(all)).toBeLessThanOrEqual(1000);
      }),
    );
  });

  test("counts the family that proved itself first", () => {
    const facts = good("eth0", "10.0.0.1", { carrierAtMs: 0, proof4: { ...proofs.egress, provenAtMs: 400 } });
    expect(settleMs([{ ...facts, proof6: { ...proofs.egress, provenAtMs: 200 } }])).toBe(200);
    expect(settleMs([{ ...facts, proof6: { ...proofs.gatewayOnly, provenAtMs: 200 } }])).toBe(400);
  });
});

test("a private gateway counts as proven only when a target answered through it", () => {
  const idle = probe("eth0", { lease: lease("10.0.0.1"), proof4: proofs.gatewayOnly });
  expect(hasProvenPrivate([idle])).toBe(false);
  expect(hasProvenCandidate([idle])).toBe(false);
  expect(hasProvenPrivate([idle, good("eth1", "203.0.113.1")])).toBe(false);
  expect(hasProvenCandidate([idle, good("eth1", "203.0.113.1")])).toBe(true);
  expect(hasProvenPrivate([good("eth0", "10.0.0.1")])).toBe(true);
});

describe("the exit NIC", () => {
  test("is none on a node with one NIC, and both of ndmz's interfaces sit on zos", () => {
    const both = good("eth0", "10.0.0.1", { advert: advert(["2001:db8::2/64"]) });
    expect(choose([both]).exit).toEqual({ exitNic: null, npub4Parent: "zos", npub6Parent: "zos" });
  });

  test("is another NIC with a global IPv6 default route; IPv4 stays on zos unless that NIC has an IPv4 gateway too", () => {
    const oob = good("eth0");
    expect(choose([oob, good6("eth1")]).exit).toEqual({ exitNic: "eth1", npub4Parent: "zos", npub6Parent: "br-pub" });
    const whole = good6("eth1", { lease: lease("203.0.113.1") });
    expect(choose([oob, whole]).exit).toEqual({ exitNic: "eth1", npub4Parent: "br-pub", npub6Parent: "br-pub" });
    const half = good6("eth1", { lease: lease(null) });
    expect(choose([oob, half]).exit.npub4Parent).toBe("zos");
  });

  test("is not a NIC with a unique local prefix only, nor one without a default router", () => {
    const unique = probe("eth1", { advert: advert(["fd00::2/64"]), proof6: proofs.egress });
    const routerless = probe("eth2", { advert: advert(["2001:db8::2/64"], { routers: [] }) });
    expect(choose([good("eth0"), unique, routerless]).exit).toEqual(exitThroughUplink);
  });

  test("is the first by name when there are several", () => {
    expect(choose([good("eth0"), good6("eth10"), good6("eth9")]).exit.exitNic).toBe("eth9");
  });

  test("is never the uplink, always has a global IPv6 default route, and is there when one can be", () => {
    fc.assert(
      fc.property(anyProbes, (all) => {
        const { uplink, exit } = choose(all);
        const able = all.filter(
          (facts) =>
            facts.nic !== uplink?.nic &&
            facts.advert?.routers.length === 1 &&
            facts.advert.addresses.some((address) => address.startsWith("2")),
        );
        if (exit.exitNic === null) expect(uplink === null || able.length === 0).toBe(true);
        else expect(able.map(({ nic }) => nic)).toContain(exit.exitNic);
      }),
    );
  });
});

describe("when the uplink fails after all", () => {
  test("the next best takes its place, until none is left", () => {
    fc.assert(
      fc.property(anyProbes, (all) => {
        let choice = choose(all);
        const tried: string[] = [];
        while (choice.uplink !== null) {
          tried.push(choice.uplink.nic);
          choice = withoutUplink(choice, "no target answered");
        }
        expect(tried).toEqual(rankCandidates(all).map(({ nic }) => nic));
        expect(choice.verdicts.some(({ verdict }) => verdict === "chosen")).toBe(false);
      }),
    );
  });

  test("the verdicts say which NIC failed, why, and which one follows", () => {
    const choice = withoutUplink(choose([good("eth0"), good("eth1"), probe("eth2")]), "no target answered through zos");
    expect(choice.uplink?.nic).toBe("eth1");
    expect(choice.others).toEqual([]);
    expect(choice.verdicts).toEqual([
      { nic: "eth0", verdict: "lost", reason: "was the first choice, but no target answered through zos" },
      { nic: "eth1", verdict: "chosen", reason: "next best after eth0" },
      { nic: "eth2", verdict: "unusable", reason: "carrier, but no DHCP offer and no router advertisement" },
    ]);
  });

  test("the exit NIC that becomes the uplink is no exit NIC any more", () => {
    const choice = choose([good("eth0"), good6("eth1")]);
    expect(choice.exit.exitNic).toBe("eth1");
    expect(withoutUplink(choice, "it failed")).toMatchObject({ uplink: { nic: "eth1" }, exit: exitThroughUplink });
  });

  test("an exit NIC that is not concerned stays", () => {
    const choice = choose([good("eth0"), good("eth1"), good6("eth2")]);
    expect(withoutUplink(choice, "it failed")).toMatchObject({ uplink: { nic: "eth1" }, exit: { exitNic: "eth2" } });
  });
});

test("an adopted uplink is kept as it is, with nothing beside it to fall back on", () => {
  const { uplink, exit } = choose([good("eth0"), good6("eth1")]);
  if (uplink === null) throw new Error("there is no uplink");
  const kept = keepAdopted({ uplink, exit });
  expect(kept).toMatchObject({ uplink, exit, others: [], isRemoteFault: false });
  expect(kept.verdicts).toMatchObject([{ nic: "eth0", verdict: "chosen" }]);
  expect(withoutUplink(kept, "it failed").uplink).toBeNull();
});
