import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AddressFacts, ProbeFacts } from "../../../src/contract.ts";
import { adviceForIpv6 } from "../../../src/policy/advice.ts";
import { choose, withExit } from "../../../src/policy/choice.ts";
import { ipv6KindOf, leadsOut, networkOf } from "../../../src/policy/network.ts";
import { adviceForNdmz, networksOf, siteOf, type Standing } from "../../../src/policy/site.ts";
import { advert, anyProbes, lease, probe, proofs } from "./probe-facts.ts";
import { portalIn } from "../../../src/policy/portal.ts";

const standingOf = (all: ProbeFacts[], rest: Partial<Standing> = {}): Standing => {
  const { verdicts, uplink, exit } = withExit(choose(all), all);
  return { nics: verdicts, probes: all, uplink, exit, hasIpv6: true, zos: null, ndmz: null, ...rest };
};
const report = (standing: Standing) => siteOf(networksOf(standing), standing);
const siteOfProbes = (...all: ProbeFacts[]) => report(standingOf(all));

const home4 = { lease: lease("192.168.1.1"), proof4: proofs.egress };
const public4 = { lease: lease("203.0.113.1", { address: "203.0.113.9" }), proof4: proofs.egress };
const cgnat4 = { lease: lease("100.64.0.1", { address: "100.64.0.9" }), proof4: proofs.egress };
const global6 = { advert: advert(["2001:db8::2/64"]), proof6: proofs.egress };
const ula6 = { advert: advert(["fd00::2/64"]), proof6: proofs.egress };
const nothing: AddressFacts = { ipv4: [], ipv6: [], gateways4: [], gateways6: [] };

describe("the layout family", () => {
  test.each<[string, Partial<ProbeFacts>]>([
    ["private IPv4 behind NAT, no IPv6", home4],
    ["private IPv4 behind NAT, global IPv6", { ...home4, ...global6 }],
    ["private IPv4 behind NAT, ULA IPv6", { ...home4, ...ula6 }],
    ["IPv4 behind carrier-grade NAT, no IPv6", cgnat4],
    ["public IPv4 only", public4],
    ["IPv6 only", global6],
    ["public dual stack", { ...public4, ...global6 }],
    ["ULA only", ula6],
    ["private IPv4 behind NAT, IPv6 not known yet", { ...home4, pending: ["v6"] }],
    ["no default gateway on any NIC", { lease: lease(null) }],
    ["no carrier on any NIC", { carrierAtMs: null, pending: ["v4", "v6"] }],
  ])("of one NIC: %s", (family, facts) => {
    expect(siteOfProbes(probe("eth0", facts)).family).toBe(family);
  });

  test("of a node without NICs", () => {
    expect(siteOfProbes().family).toBe("no NIC");
  });

  test("tells OOB and workload networks apart", () => {
    expect(siteOfProbes(probe("eth0", home4), probe("eth1", { ...public4, ...global6 })).family).toBe(
      "OOB and workload networks apart: eth0 private IPv4 behind NAT, no IPv6; eth1 public dual stack",
    );
  });

  test("knows redundant NICs by their common gateway, router and prefix", () => {
    const both = { ...home4, ...global6 };
    expect(siteOfProbes(probe("eth0", both), probe("eth1", both)).family).toBe(
      "redundant NICs (eth0, eth1): private IPv4 behind NAT, global IPv6",
    );
  });

  test("does not take two homes with the same private addresses for one when their IPv6 differs", () => {
    const other = { ...home4, advert: advert(["2001:db8:7::2/64"]), proof6: proofs.egress };
    expect(siteOfProbes(probe("eth0", { ...home4, ...global6 }), probe("eth1", other)).family).not.toContain(
      "redundant",
    );
  });

  test("names other networks that are not used", () => {
    expect(siteOfProbes(probe("eth0", home4), probe("eth1", public4)).family).toBe(
      "private IPv4 behind NAT, no IPv6; other networks on eth1",
    );
  });
});

describe("what can be served", () => {
  const answers = (...all: ProbeFacts[]) => {
    const { egress4, egress6, zdb } = siteOfProbes(...all).canServe;
    return [egress4.answer, egress6.answer, zdb.answer];
  };

  test.each<[string, Partial<ProbeFacts>, string[]]>([
    ["NAT with global IPv6", { ...home4, ...global6 }, ["yes", "yes", "unknown"]],
    ["NAT without IPv6, for ndmz does not finish", home4, ["no", "no", "impossible"]],
    ["IPv6 alone", global6, ["no", "yes", "unknown"]],
    ["translated ULA", { ...home4, ...ula6 }, ["yes", "yes", "impossible"]],
    ["a router that leads nowhere", { ...home4, ...global6, proof6: proofs.gatewayOnly }, ["yes", "no", "unknown"]],
    [
      "gateways that were not tried",
      { ...home4, ...global6, proof4: null, proof6: null },
      ["unknown", "unknown", "unknown"],
    ],
    ["IPv6 that is still awaited", { ...home4, pending: ["v6"] }, ["unknown", "unknown", "unknown"]],
    ["no gateway", { lease: lease(null) }, ["no", "no", "impossible"]],
  ])("behind %s", (_, facts, expected) => {
    expect(answers(probe("eth0", facts))).toEqual(expected);
  });

  test("is judged by the exit NIC where workloads leave through one of their own", () => {
    const site = siteOfProbes(probe("eth0", home4), probe("eth1", { ...public4, ...global6 }));
    expect(site.canServe.egress4.reason).toContain("203.0.113.1");
    expect(site.canServe.zdb.reason).toContain("ping 2001:db8::2 ");
  });

  test("0-db over IPv6 is never claimed to work, and impossible exactly without a global address", () => {
    fc.assert(
      fc.property(anyProbes, (all) => {
        const standing = standingOf(all);
        const { zdb } = report(standing).canServe;
        const nic = standing.exit?.exitNic ?? standing.uplink?.nic;
        const through = networksOf(standing).find((network) => network.nic === nic);
        expect(zdb.answer).toMatch(/^(impossible|unknown)$/);
        const mayHave = through !== undefined && (ipv6KindOf(through) === "global" || through.pending.includes("v6"));
        expect(zdb.answer === "unknown").toBe(standing.uplink !== null && mayHave);
      }),
    );
  });
});

describe("advice", () => {
  const advice = (...all: ProbeFacts[]) => siteOfProbes(...all).advice;

  test("is not needed where nothing is missing", () => {
    expect(advice(probe("eth0", { ...home4, ...global6 }))).toEqual([]);
  });

  test.each<[string, Partial<ProbeFacts>, RegExp]>([
    [
      "no IPv6",
      home4,
      /^Ask the ISP for IPv6 by router advertisements \(SLAAC\) on this network; without it ndmz cannot/,
    ],
    ["ULA alone", { ...home4, ...ula6 }, /global IPv6 prefix/],
    [
      "a prefix without a router",
      { ...home4, advert: advert(["2001:db8::2/64"], { routers: [] }) },
      /default IPv6 router/,
    ],
    ["a router without a prefix", { ...home4, advert: advert([]) }, /advertise a \/64 prefix/],
    ["carrier-grade NAT", { ...cgnat4, ...global6 }, /^The ISP shares one IPv4 address/],
    ["a silent gateway", { ...home4, ...global6, proof4: proofs.silent }, /gateway 192\.168\.1\.1 does not answer/],
    [
      "a gateway to nowhere",
      { ...home4, ...global6, proof4: proofs.gatewayOnly },
      /gateway 192\.168\.1\.1 answers but leads nowhere/,
    ],
    [
      "a captive portal",
      { ...home4, ...global6, proof4: { ...proofs.gatewayOnly, hindrance: portalIn({ host: "hub.example" }, null) } },
      /^eth0: captive portal: somebody else answers in place of hub\.example: have the network let this node's MAC/,
    ],
    [
      "a link-local lease",
      { lease: lease(null, { address: "169.254.7.7", prefixLength: 16 }) },
      /^eth0: the lease is a link-local address/,
    ],
    ["a lease without a gateway", { lease: lease(null) }, /no default gateway: set its router option/],
    ["a silent network", {}, /nobody offers an address/],
    ["no carrier", { carrierAtMs: null, pending: ["v4", "v6"] }, /^eth0: no carrier: plug in a cable/],
  ])("tells what to do about %s", (_, facts, sentence) => {
    expect(advice(probe("eth0", facts)).join("\n")).toMatch(sentence);
  });

  test("about carrier-grade NAT is given only where workloads leave through it", () => {
    expect(advice(probe("eth0", cgnat4), probe("eth1", { ...public4, ...global6 }))).toEqual([]);
  });

  test("on a node without NICs is about drivers", () => {
    expect(advice()[0]).toContain("driver");
  });

  test("says once what is the same on several NICs, and does not alarm over empty ports", () => {
    const dead = { carrierAtMs: null, pending: ["v4" as const, "v6" as const] };
    expect(advice(probe("eth0", { ...home4, ...global6 }), probe("eth1", dead), probe("eth2", dead))).toEqual([
      "eth1, eth2: no carrier; that is fine if nothing is plugged in here, otherwise check the cable and the switch port.",
    ]);
  });

  test("leaves out NICs that are ignored", () => {
    const standing = standingOf([probe("eth0", { ...home4, ...global6 }), probe("eth1", { carrierAtMs: null })]);
    const nics = standing.nics.map((each) => (each.nic === "eth1" ? { ...each, verdict: "ignored" as const } : each));
    expect(report({ ...standing, nics }).advice).toEqual([]);
  });

  test("is whole sentences about NICs that there are, each once, whatever was found", () => {
    fc.assert(
      fc.property(anyProbes, (all) => {
        const { advice: sentences, family } = siteOfProbes(...all);
        expect(new Set(sentences).size).toBe(sentences.length);
        for (const sentence of sentences) expect(sentence).toMatch(/^(?!.*(undefined|null|NaN|  )).+\.$/);
        expect(family).not.toMatch(/undefined|null|^$/);
        const hasWayOut = all.some((facts) => leadsOut(networkOf(facts)));
        const isUnfinished = all.some(({ pending }) => pending.length > 0);
        if (!hasWayOut && !isUnfinished) expect(sentences).not.toEqual([]);
      }),
    );
  });
});

describe("on a booted node", () => {
  const zos = { ...nothing, ipv4: ["192.168.1.9/24"], gateways4: ["192.168.1.1"] };
  const npub4 = { ...nothing, ipv4: ["192.168.1.10/24"], gateways4: ["192.168.1.1"] };
  const npub6 = { ...nothing, ipv6: ["2001:db8::6/64"], gateways6: ["fe80::1"] };
  const quick = probe("eth0", { ...home4, pending: ["v6"] });

  test("IPv6 that the probe did not wait for is taken from zos or npub6", () => {
    const withZos = { ...zos, ipv6: ["2001:db8::5/64"], gateways6: ["fe80::1"] };
    const of = (facts: Partial<Standing>) => report(standingOf([quick], facts)).family;
    expect(of({ zos: withZos })).toBe("private IPv4 behind NAT, global IPv6");
    expect(of({ zos, ndmz: { npub4, npub6 } })).toBe("private IPv4 behind NAT, global IPv6");
    expect(of({ zos })).toBe("private IPv4 behind NAT, no IPv6");
  });

  test("an uplink that was adopted without a probe is reported as the kernel has it", () => {
    const standing = standingOf([quick], { probes: [], zos, ndmz: { npub4, npub6 } });
    expect(networksOf(standing)).toMatchObject([{ nic: "eth0", ipv4: zos.ipv4, gateways4: zos.gateways4 }]);
    expect(report(standing).canServe.egress4).toEqual({ answer: "unknown", reason: "192.168.1.1 was not tried" });
  });

  test("what a NIC of its own gives ndmz is that NIC's network", () => {
    const both = { npub4: { ...npub4, gateways4: ["203.0.113.1"] }, npub6 };
    const standing = standingOf([quick, probe("eth1", { ...public4, ...global6 })], { zos, ndmz: both });
    expect(networksOf(standing)[1]).toMatchObject({
      nic: "eth1",
      ...both.npub6,
      ipv4: npub4.ipv4,
      gateways4: ["203.0.113.1"],
    });
  });

  test("an ndmz that waits for IPv6 is told to ask for what its network lacks", () => {
    expect(adviceForNdmz(standingOf([quick], { zos, ndmz: { npub4, npub6: nothing } }))).toBe(adviceForIpv6(nothing));
    expect(adviceForNdmz(standingOf([probe("eth0", home4)]))).toBe(adviceForIpv6(nothing));
    const routerless = { ...npub6, gateways6: [] };
    expect(adviceForNdmz(standingOf([quick], { zos, ndmz: { npub4, npub6: routerless } }))).toBe(
      adviceForIpv6(routerless),
    );
    expect(adviceForNdmz(standingOf([quick], { zos, ndmz: { npub4, npub6 } }))).toBeNull();
  });

  test("an ndmz without IPv6 on a network that gives it to zos is not to blame the ISP", () => {
    const withZos = { ...zos, ...npub6, ipv4: zos.ipv4, gateways4: zos.gateways4 };
    expect(adviceForNdmz(standingOf([quick], { zos: withZos, ndmz: { npub4, npub6: nothing } }))).toContain(
      "MAC address",
    );
  });
});

describe("a kernel without IPv6", () => {
  const standing = standingOf([probe("eth0", home4)], { hasIpv6: false });

  test("is named as what is missing, and no ISP is blamed", () => {
    const { canServe, advice } = report(standing);
    expect(canServe.egress6).toEqual({ answer: "no", reason: "the kernel has no IPv6" });
    expect(canServe.zdb.answer).toBe("impossible");
    expect(advice.join()).toContain("ipv6.disable=1");
    expect(advice.join()).not.toContain("ISP");
    expect(adviceForNdmz(standing)).toContain("ipv6.disable=1");
  });
});

describe("NICs that could not be probed", () => {
  test("are not said to be in a bad network", () => {
    const failed = probe("eth0", { listeningAtMs: null, errors: ["no room"], fault: "no room" });
    const { family, advice } = siteOfProbes(failed);
    expect(family).toBe("no NIC could be probed");
    expect(advice).toEqual([
      expect.stringContaining("eth0: could not be probed (no room): that is no fault of the network"),
    ]);
  });
});
