import { describe, expect, test } from "vitest";
import { type LinkFacts, planBridge } from "../../../src/policy/bridge-plan.ts";

const nicMac = "02:00:00:00:00:01";

const nic = (rest: Partial<LinkFacts> = {}): LinkFacts => ({
  ifname: "eth0",
  flags: ["BROADCAST"],
  mtu: 1500,
  address: nicMac,
  ...rest,
});

const bridge = (rest: Partial<LinkFacts> = {}): LinkFacts => ({
  ifname: "zos",
  flags: ["BROADCAST", "UP"],
  mtu: 1500,
  address: nicMac,
  linkinfo: { info_kind: "bridge", info_data: { stp_state: 0 } },
  ...rest,
});

const enslaved = nic({ master: "zos", flags: ["BROADCAST", "UP"] });
const plan = (...links: LinkFacts[]) =>
  planBridge({ bridge: "zos", nic: "eth0", mtuBytes: null, links, ours: ["eth0", "eth1"] });

describe("the plan for a bridge", () => {
  test("is empty when the bridge is as wished", () => {
    expect(plan(enslaved, bridge())).toEqual({ create: [], connect: [] });
  });

  test("creates it with the NIC's MAC and without spanning tree, before the NIC becomes its port", () => {
    expect(plan(nic())).toEqual({
      create: [`link add name zos address ${nicMac} type bridge stp_state 0`],
      connect: ["link set dev eth0 master zos", "link set dev eth0 up", "link set dev zos up"],
    });
  });

  test("takes other NICs away, so that the node has no loop", () => {
    const other: LinkFacts = { ifname: "eth1", mtu: 1500, flags: ["UP"], address: "02:00:00:00:00:02", master: "zos" };
    expect(plan(enslaved, bridge(), other).connect).toEqual(["link set dev eth1 nomaster"]);
  });

  test("leaves network resources and ports of other bridges alone", () => {
    const resource: LinkFacts = { ifname: "nr-7", mtu: 1500, flags: ["UP"], master: "zos" };
    const foreign: LinkFacts = { ifname: "veth1", mtu: 1500, flags: ["UP"], master: "docker0" };
    expect(plan(enslaved, bridge(), resource, foreign).connect).toEqual([]);
  });

  test("leaves the node out of br-pub, which answers nobody's ARP", () => {
    const wish = { bridge: "br-pub", nic: "eth0", mtuBytes: null, ours: ["eth0"] };
    const port = nic({ master: "br-pub", flags: ["UP"] });
    expect(planBridge({ ...wish, links: [nic()] }).create).toEqual([
      `link add name br-pub address ${nicMac} arp off type bridge stp_state 0`,
    ]);
    const found = bridge({ ifname: "br-pub" });
    expect(planBridge({ ...wish, links: [port, found] }).connect).toEqual(["link set dev br-pub arp off"]);
    const right = bridge({ ifname: "br-pub", flags: ["UP", "NOARP"] });
    expect(planBridge({ ...wish, links: [port, right] }).connect).toEqual([]);
  });

  test("gives the bridge the MAC of a NIC that is new to it", () => {
    expect(plan(enslaved, bridge({ address: "02:00:00:00:00:99" })).connect).toEqual([
      `link set dev zos address ${nicMac}`,
    ]);
  });

  test("turns spanning tree off, with which a port forwards after 30 s only", () => {
    const stp = bridge({ linkinfo: { info_kind: "bridge", info_data: { stp_state: 1 } } });
    expect(plan(enslaved, stp).connect).toEqual(["link set dev zos type bridge stp_state 0"]);
  });

  test("switches on what is down", () => {
    expect(plan(nic({ master: "zos" }), bridge({ flags: [] })).connect).toEqual([
      "link set dev eth0 up",
      "link set dev zos up",
    ]);
  });

  test("gives the NIC the MTU that its network asked for, if the NIC can do it", () => {
    const plan9000 = (port: LinkFacts) =>
      planBridge({ bridge: "zos", nic: "eth0", mtuBytes: 9000, links: [port, bridge()], ours: [] });
    expect(plan9000(enslaved).connect).toEqual(["link set dev eth0 mtu 9000"]);
    expect(plan9000({ ...enslaved, mtu: 9000 }).connect).toEqual([]);
    expect(plan9000({ ...enslaved, max_mtu: 1500 }).connect).toEqual([]);
  });

  test("moves the NIC out of another bridge, and has the bridge forget what the network of an earlier NIC gave it", () => {
    expect(plan(nic({ master: "br0", flags: ["UP"] }), bridge()).connect).toEqual([
      "link set dev zos down",
      "addr flush dev zos scope global",
      "link set dev eth0 master zos",
      "link set dev zos up",
    ]);
  });
});

describe("no plan is made", () => {
  test("without the NIC", () => {
    expect(() => plan(bridge())).toThrow(expect.objectContaining({ code: "link-gone" }));
  });

  test("when something else has the bridge's name: it is somebody else's", () => {
    const foreign = bridge({ linkinfo: { info_kind: "veth" } });
    expect(() => plan(nic(), foreign)).toThrow(expect.objectContaining({ code: "foreign" }));
    expect(() => plan(nic(), bridge({ linkinfo: undefined }))).toThrow(expect.objectContaining({ code: "foreign" }));
  });

  test("for a NIC whose name would be more than one word of a batch file", () => {
    const name = "eth0 up\nlink del eth1";
    expect(() =>
      planBridge({ bridge: "zos", nic: name, mtuBytes: null, links: [nic({ ifname: name })], ours: [] }),
    ).toThrow(expect.objectContaining({ code: "bad-input" }));
  });
});
