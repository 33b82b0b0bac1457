import { describe, expect, test } from "vitest";
import type { ExitPlan, Identity } from "../../../src/contract.ts";
import { ndmzLinks, type PlacedLink, planNdmz, resourceSide } from "../../../src/policy/ndmz-plan.ts";
import { exitThroughUplink } from "../../../src/policy/choice.ts";

const identity: Identity = {
  source: "dmi",
  duid: "00:04:00",
  hostname: "node",
  npub4Mac: "02:00:00:00:00:44",
  npub6Mac: "02:00:00:00:00:66",
};

const split: ExitPlan = { exitNic: "eth1", npub4Parent: "zos", npub6Parent: "br-pub" };

const node: PlacedLink[] = [
  { ifindex: 10, ifname: "zos", mtu: 1500 },
  { ifindex: 11, ifname: "br-ndmz", mtu: 1500 },
  { ifindex: 12, ifname: "br-pub", mtu: 1500 },
];

function macvlan(ifname: string, parent: number, address: string): PlacedLink {
  return {
    ifindex: 100 + parent,
    ifname,
    mtu: 1500,
    address,
    link_index: parent,
    linkinfo: { info_kind: "macvlan", info_data: { mode: "bridge" } },
  };
}

/** ndmz as it is when everything leaves through zos. */
const complete = [
  macvlan("tonrs", 11, resourceSide.gatewayMac),
  macvlan("npub4", 10, identity.npub4Mac),
  macvlan("npub6", 10, identity.npub6Mac),
];

const nothing = { remove: [], create: [], adjust: [] };
const plan = (exit: ExitPlan, ndmz: PlacedLink[]) => planNdmz(ndmzLinks(identity, exit), node, ndmz);

/** ndmz with one of its links in another shape. */
const but = (ifname: string, rest: Partial<PlacedLink>) =>
  complete.map((link) => (link.ifname === ifname ? { ...link, ...rest } : link));

describe("the plan for ndmz", () => {
  test("is empty when everything is in its place", () => {
    expect(plan(exitThroughUplink, complete)).toEqual(nothing);
  });

  test("creates all three links straight in the namespace, the outward ones with the node's own MACs", () => {
    expect(plan(exitThroughUplink, [])).toEqual({
      adjust: [],
      remove: [],
      create: [
        "link add link br-ndmz name tonrs address 02:7a:6f:73:00:02 netns ndmz type macvlan mode bridge",
        "link add link zos name npub4 address 02:00:00:00:00:44 netns ndmz type macvlan mode bridge",
        "link add link zos name npub6 address 02:00:00:00:00:66 netns ndmz type macvlan mode bridge",
      ],
    });
  });

  test("moves only the link whose parent is another one now", () => {
    expect(plan(split, complete)).toEqual({
      adjust: [],
      remove: ["link del dev npub6"],
      create: ["link add link br-pub name npub6 address 02:00:00:00:00:66 netns ndmz type macvlan mode bridge"],
    });
  });

  test.each<[string, Partial<PlacedLink>]>([
    ["has another MAC", { address: "02:00:00:00:00:99" }],
    ["is no macvlan", { linkinfo: { info_kind: "veth" } }],
    [
      "is in another mode, in which it cannot talk to its neighbours",
      { linkinfo: { info_kind: "macvlan", info_data: { mode: "private" } } },
    ],
  ])("replaces a link that %s", (_, rest) => {
    const { remove, create } = plan(exitThroughUplink, but("npub4", rest));
    expect(remove).toEqual(["link del dev npub4"]);
    expect(create).toHaveLength(1);
  });

  test("gives the link towards the network resources the MAC that they know already", () => {
    expect(plan(exitThroughUplink, but("tonrs", { address: "02:00:00:00:00:99" })).remove).toEqual([
      "link del dev tonrs",
    ]);
  });

  test("does not touch what others have put there", () => {
    expect(plan(exitThroughUplink, [...complete, { ifindex: 7, ifname: "wg0", mtu: 1420 }])).toEqual(nothing);
  });

  test("gives a link that is right the MTU that its parent has by now", () => {
    const late = but("npub4", { mtu: 9000 });
    expect(plan(exitThroughUplink, late)).toEqual({ ...nothing, adjust: ["link set dev npub4 mtu 1500"] });
  });
});
