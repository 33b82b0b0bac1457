import { describe, expect, test } from "vitest";
import { amissIn, type NdmzReading, type NodeReading, type ReadLink, type Setting } from "../../../src/policy/amiss.ts";
import { exitThroughUplink } from "../../../src/policy/choice.ts";
import { ndmzRules } from "../../../src/policy/routing-rules.ts";
import { allNdmzSysctls, resourceSide } from "../../../src/policy/ndmz-plan.ts";

const identity = {
  source: "dmi",
  duid: "00:04:00",
  hostname: "node",
  npub4Mac: "02:00:00:00:00:44",
  npub6Mac: "02:00:00:00:00:66",
} as const;

const setting: Setting = {
  lan: { lanAccess: "drop", lanExceptions: [] },
  identity,
  uplink: { nic: "eth0", mac: "52:54:00:00:00:00", mtuBytes: null, families: ["v4"] },
  exit: exitThroughUplink,
};

const link = (ifindex: number, ifname: string, rest: Partial<ReadLink> = {}): ReadLink => ({
  ifindex,
  ifname,
  mtu: 1500,
  flags: ["UP", "LOWER_UP"],
  ...rest,
});

const macvlan = (ifname: string, parent: number, address: string): ReadLink =>
  link(100 + parent, ifname, {
    address,
    link_index: parent,
    linkinfo: { info_kind: "macvlan", info_data: { mode: "bridge" } },
  });

const withoutArp = { flags: ["UP", "LOWER_UP", "NOARP"] };

const links = [
  link(2, "eth0", { master: "zos" }),
  link(3, "eth1", { master: "br-pub" }),
  link(10, "zos"),
  link(11, "br-ndmz", withoutArp),
  link(12, "br-pub", withoutArp),
  link(13, "nr-7", { master: "br-ndmz" }),
];

const ndmz: NdmzReading = {
  links: [
    macvlan("tonrs", 11, resourceSide.gatewayMac),
    macvlan("npub4", 10, identity.npub4Mac),
    macvlan("npub6", 10, identity.npub6Mac),
  ],
  toResources: [...resourceSide.addresses],
  destinations: ["100.127.0.0/16", "fd00::/64", "fe80::/64"],
  sysctls: allNdmzSysctls,
  hasRules: true,
  routingRules: ndmzRules,
};

const whole: NodeReading = { links, arePortsBound: true, ndmz, hasIpv6: true };
const nothing = { uplink: [], exit: [], ndmz: [], nat: [] };

/** The node with one of its links in another shape; null takes it away. */
const but = (ifname: string, rest: Partial<ReadLink> | null): NodeReading => ({
  ...whole,
  links: links.flatMap((each) => (each.ifname !== ifname ? [each] : rest === null ? [] : [{ ...each, ...rest }])),
});

/** ndmz with something else in it. */
const inside = (rest: Partial<NdmzReading>): NodeReading => ({ ...whole, ndmz: { ...ndmz, ...rest } });

const insideBut = (ifname: string, rest: Partial<ReadLink> | null): NodeReading =>
  inside({
    links: ndmz.links.flatMap((each) =>
      each.ifname !== ifname ? [each] : rest === null ? [] : [{ ...each, ...rest }],
    ),
  });

test("nothing is amiss on a node that is as it was set", () => {
  expect(amissIn(whole, setting)).toEqual(nothing);
});

describe("what is amiss is said", () => {
  test.each<[string, NodeReading, "uplink" | "exit" | "ndmz" | "nat", string]>([
    ["a NIC that is gone", but("eth0", null), "uplink", "eth0 is gone"],
    ["a NIC that is in another bridge", but("eth0", { master: "br0" }), "uplink", "eth0 is no port of zos"],
    ["a NIC that is switched off", but("eth0", { flags: [] }), "uplink", "eth0 is switched off"],
    ["a cable that is out", but("eth0", { flags: ["UP", "NO-CARRIER"] }), "uplink", "eth0 has no carrier"],
    ["a bridge that is switched off", but("zos", { flags: [] }), "uplink", "zos is switched off"],
    ["the resources' bridge that is gone", but("br-ndmz", null), "ndmz", "there is no br-ndmz"],
    ["the resources' bridge that is off", but("br-ndmz", { flags: [] }), "ndmz", "br-ndmz is switched off"],
    ["a resource that is cut off", but("nr-7", { master: undefined }), "ndmz", "nr-7 is no port of br-ndmz"],
    ["no ndmz", { ...whole, ndmz: null }, "ndmz", "there is no namespace ndmz"],
    ["an interface that is gone", insideBut("npub6", null), "ndmz", "there is no npub6"],
    ["an interface that is off", insideBut("tonrs", { flags: [] }), "ndmz", "tonrs is switched off"],
    ["another MAC", insideBut("npub4", { address: "02:00:00:00:00:99" }), "ndmz", "npub4 is not the one on zos"],
    [
      "an address that is gone",
      inside({ toResources: resourceSide.addresses.slice(1) }),
      "ndmz",
      "tonrs has not 100.127.0.1/16",
    ],
    ["routes that are gone", inside({ destinations: ["fe80::/64"] }), "ndmz", "tonrs has no route to 100.127.0.0/16"],
    [
      "a routing rule that is gone",
      inside({ routingRules: { ...ndmzRules, v6: ndmzRules.v6.slice(1) } }),
      "ndmz",
      "the routing rules of ndmz are not those that were set",
    ],
    [
      "a routing rule that goes before all others",
      inside({ routingRules: { ...ndmzRules, v4: [{ priority: 0, table: "local" }, ...ndmzRules.v4] } }),
      "ndmz",
      "the routing rules of ndmz are not those that were set",
    ],
    ["other rules", inside({ hasRules: false }), "nat", "the rules of zos-boot are not those that were set"],
    [
      "forwarding that is off",
      inside({ sysctls: { ...allNdmzSysctls, "net/ipv4/ip_forward": 0 } }),
      "nat",
      "net.ipv4.ip_forward is 0",
    ],
    [
      "advertisements that are not taken",
      inside({ sysctls: { ...allNdmzSysctls, "net/ipv6/conf/npub6/accept_ra": 0 } }),
      "ndmz",
      "net.ipv6.conf.npub6.accept_ra is 0",
    ],
  ])("%s", (...[, reading, part, says]) => {
    expect(amissIn(reading, setting)[part]).toContain(says);
  });

  test("of an exit NIC of its own", () => {
    const exit = { exitNic: "eth1", npub4Parent: "br-pub", npub6Parent: "br-pub" };
    const reading = but("eth1", { flags: ["UP", "NO-CARRIER"] });
    expect(amissIn(reading, { ...setting, exit }).exit).toEqual(["eth1 has no carrier"]);
    expect(amissIn(reading, setting).exit).toEqual([]);
  });
});

describe("nothing is amiss", () => {
  test("when somebody else has a port in the bridges", () => {
    expect(amissIn({ ...whole, links: [...links, link(20, "vm1", { master: "zos" })] }, setting)).toEqual(nothing);
  });

  test("without IPv6 on a kernel that has none", () => {
    const reading = inside({ toResources: ["100.127.0.1/16"], sysctls: { "net/ipv4/ip_forward": 1 } });
    expect(amissIn({ ...reading, hasIpv6: false }, setting)).toEqual(nothing);
  });
});
