import { describe, expect, test } from "vitest";
import { choose, whyNoUplink, withExit } from "../../../src/policy/choice.ts";
import { type LinkKind, partLinks, verdictsOnOthers } from "../../../src/policy/links.ts";
import { verdictsOnLinks } from "../../../src/policy/pins.ts";
import { freeChoice } from "../../../src/policy/selection.ts";
import { lease, probe, proofs } from "./probe-facts.ts";
import iproute2 from "./fixtures/ip-link-iproute2-6.1.json" with { type: "json" };

const links = (iproute2 as Omit<LinkKind, "isWifi">[]).map((link) => ({ ...link, isWifi: link.ifname === "wlan0" }));
const parted = (kinds = ["physical"]) => partLinks(links, kinds);
const whyNot = (kinds?: string[]) => Object.fromEntries(parted(kinds).otherLinks.map(({ name, why }) => [name, why]));
const namesOf = (kinds?: string[]) => parted(kinds).nics.map(({ ifname }) => ifname);

describe("the links of a node with a bond, a VLAN, Wi-Fi and containers", () => {
  test("are NICs where nothing else has them", () => {
    expect(namesOf()).toEqual(["ens3"]);
  });

  test("are NICs of kinds that are configured too", () => {
    expect(namesOf(["physical", "bond", "vlan"])).toEqual(["bond0", "ens3", "ens3.10"]);
  });

  test("are told with what they are, but for loopback, bridges of our own and NICs of network resources", () => {
    expect(whyNot()).toEqual({
      bond0: "a bond of ens4, ens5; kind bond is not among nicKinds",
      docker0: "a virtual link; kind bridge is not among nicKinds",
      dummy0: "a virtual link; kind dummy is not among nicKinds",
      "ens3.10": "VLAN 10 on ens3; kind vlan is not among nicKinds",
      ens4: "a port of bond0 (bond)",
      ens5: "a port of bond0 (bond)",
      ens6: "a port of zos",
      "eth 9": "a link whose name has characters that commands do not take; rename it",
      ib0: "a link of type infiniband; only Ethernet is used",
      vethc0ffee: "a port of docker0 (bridge)",
      wg0: "a virtual link; kind wireguard is not among nicKinds",
      wlan0: "Wi-Fi, which is not set up by this program",
    });
  });

  test("of kinds that nobody takes for NICs are summed up in one line", () => {
    const verdicts = verdictsOnOthers(parted().otherLinks, []);
    expect(verdicts.map(({ nic }) => nic)).toEqual([
      ...["bond0", "ens3.10", "ens4", "ens5", "ens6", "eth 9", "ib0", "wlan0"],
      "docker0, dummy0, vethc0ffee and 1 more",
    ]);
    expect(verdicts.at(-1)?.reason).toBe(
      "virtual links of kinds that are not among nicKinds: bridge, dummy, veth, wireguard",
    );
  });

  test("are not spoken of when they are ignored by configuration", () => {
    expect(verdictsOnOthers(parted().otherLinks, ["*"])).toEqual([]);
  });
});

describe("a pin", () => {
  const good = probe("ens3", { lease: lease("192.168.1.1"), proof4: proofs.egress, pending: [] });
  const cut = probe("ens9", { carrierAtMs: 1, pending: ["v4", "v6"] });
  const rulesWith = (pins: { uplink?: string; exit?: string; ignoreNics?: string[] }) => ({
    ...freeChoice,
    ...pins,
    otherLinks: parted().otherLinks,
  });
  const verdictOn = (nic: string, pins: Parameters<typeof rulesWith>[0]) => {
    const all = [good, cut];
    const found = withExit(choose(all, rulesWith(pins)), all, rulesWith(pins)).verdicts.find(
      (each) => each.nic === nic,
    );
    return `${String(found?.verdict)}: ${String(found?.reason)}`;
  };
  const failureOf = (pins: Parameters<typeof rulesWith>[0]) =>
    whyNoUplink(choose([good, cut], rulesWith(pins)), [good, cut], rulesWith(pins));

  const vlan = "VLAN 10 on ens3; kind vlan is not among nicKinds";

  test("on a link that is no NIC is said of the link, of every other NIC, and of the failure", () => {
    expect(verdictOn("ens3.10", { uplink: "ens3.10" })).toBe(`unusable: pinned as the uplink, but it is ${vlan}`);
    expect(verdictOn("ens3", { uplink: "ens3.10" })).toBe(
      `lost: ens3.10 is pinned as the uplink by configuration, but it is ${vlan}`,
    );
    expect(verdictOn("ens9", { uplink: "ens3.10" })).toBe(
      `lost: ens3.10 is pinned as the uplink by configuration, but it is ${vlan}`,
    );
    expect(failureOf({ uplink: "ens3.10" })).toBe(`ens3.10 is pinned as the uplink, but it is ${vlan}`);
  });

  test("on a link that is not there says so, and an exit keeps nobody from the uplink", () => {
    expect(failureOf({ uplink: "eth7" })).toBe("eth7 is pinned as the uplink, but there is no link of that name");
    expect(verdictOn("eth7", { exit: "eth7" })).toBe("unusable: pinned as the exit, but there is no link of that name");
    expect(verdictOn("ens3", { exit: "eth7" })).toMatch(/^chosen: /);
  });

  test("on a NIC that is ignored says so", () => {
    expect(verdictOn("ens3", { uplink: "ens9", ignoreNics: ["ens9"] })).toBe(
      "lost: ens9 is pinned as the uplink by configuration, but it is ignored by configuration too",
    );
    expect(failureOf({ uplink: "ens9", ignoreNics: ["ens9"] })).toBe(
      "uplink ens9 is pinned, but: ignored by configuration",
    );
  });

  test("on a NIC that leads nowhere names what is wrong with it", () => {
    expect(failureOf({ uplink: "ens9" })).toMatch(/^uplink ens9 is pinned, but: carrier, but /);
  });

  test("on the uplink that is in its place is no trouble", () => {
    expect(verdictsOnLinks([{ nic: "ens6" }], rulesWith({ uplink: "ens6" })).map(({ nic }) => nic)).not.toContain(
      "ens6",
    );
  });
});
