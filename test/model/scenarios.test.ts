import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { deadWire, effectsOn, Farm, ipv4Wire, type Wire } from "./farm.ts";
import { ManualClock } from "./manual-clock.ts";
import { advert, privateLease, publicLease } from "./samples.ts";
import { World } from "./worlds.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

const dualStack: Wire = { ...ipv4Wire, advert };
const publicDualStack: Wire = { ...dualStack, lease: publicLease };

const fromRecoverToReach = ["recover", "probe", "selectGateway", "bridge", "register", "reach"];
const fromExitToOnline = ["selectExit", "enroll", "ndmz", "waitIpv6", "nat", "prove", "online"];

/** Backoffs are drawn at random: half of what they may be, so that every run is the same. */
beforeEach(() => void vi.spyOn(Math, "random").mockReturnValue(0.5));
afterEach(() => void vi.restoreAllMocks());

const allSteps = [...fromRecoverToReach, ...fromExitToOnline];

const count = (list: string[], item: string) => list.filter((each) => each === item).length;

test("a node with one NIC goes through all steps once and stays online", async () => {
  const world = new World({ eth0: dualStack }).start();
  await world.reaches("online");
  await world.passes(hourMs);
  expect(world.steps).toEqual(allSteps);
});

test("a node without IPv6 solicits once an hour in the end", async () => {
  const world = new World({ eth0: ipv4Wire }).start();
  await world.reaches("waitIpv6");
  await world.passes(hourMs);
  const early = count(world.farm.tried, "awaitNdmzIpv6");
  expect(early).toBeLessThanOrEqual(12);
  await world.passes(5 * hourMs);
  expect(count(world.farm.tried, "awaitNdmzIpv6") - early).toBeLessThanOrEqual(6);
});

test("a client that is content with a lease of no use asks anew ever less often without IPv6, and nothing is built anew", async () => {
  const world = new World({ eth0: ipv4Wire }).start();
  await world.reaches("waitIpv6");
  world.farm.isLeaseUseless = true;
  world.farm.changed();
  await world.passes(hourMs);
  expect(count(world.farm.tried, "ensureNdmz")).toBe(1);
  expect(count(world.farm.tried, "restartLeaseClient")).toBeGreaterThan(5);
  expect(count(world.farm.tried, "restartLeaseClient")).toBeLessThanOrEqual(12);
});

test("a home without IPv6 is waited for during hours, and then goes online", async () => {
  const world = new World({ eth0: ipv4Wire }).start();
  await world.reaches("waitIpv6");
  await world.passes(3 * hourMs);
  expect(world.step).toBe("waitIpv6");
  expect(world.farm.hasNat).toBe(false);
  world.farm.rewire("eth0", { advert });
  await world.reaches("online");
  expect(world.steps).toEqual(allSteps);
});

test("an outage of twenty minutes without any DHCP server needs no help from outside", async () => {
  const world = new World({ eth0: { ...dualStack, lease: null, advert: null } }).start();
  await world.passes(20 * minuteMs);
  expect(count(world.steps, "restart")).toBeGreaterThan(10);
  expect(world.steps).not.toContain("bridge");
  world.farm.rewire("eth0", dualStack);
  await world.reaches("online", 2 * minuteMs);
});

test("a NIC that is plugged into a node without any ends the wait at once, however long the backoff has become", async () => {
  const world = new World({}).start();
  await world.passes(hourMs);
  expect(world.step).toBe("restart");
  world.farm.rewire("eth0", dualStack);
  await world.reaches("online", 1_000);
});

test("a cable that is plugged in ends the wait at once", async () => {
  const world = new World({ eth0: deadWire }).start();
  await world.passes(hourMs);
  await world.reaches("restart");
  world.farm.rewire("eth0", dualStack);
  await world.reaches("online", 1_000);
});

test("a NIC that is ignored, or loses its cable, ends no wait", async () => {
  const world = new World({ eth0: { ...dualStack, lease: null, advert: null } }).start();
  await world.passes(hourMs);
  await world.reaches("restart");
  const rounds = count(world.steps, "probe");
  world.farm.rewire("eth0", deadWire);
  expect(count(world.steps, "probe")).toBe(rounds);
});

test("a NIC that arrives while others are probed is probed in the same round", async () => {
  const world = new World({ eth0: { ...dualStack, lease: null, advert: null } }).start();
  await world.passes(2_000);
  expect(world.step).toBe("probe");
  world.farm.rewire("eth1", publicDualStack);
  await world.reaches("online", 30_000);
  expect(world.farm.port).toBe("eth1");
  expect(count(world.steps, "restart")).toBe(0);
});

test("a NIC that arrives while the chosen one leads nowhere is probed at once", async () => {
  const world = new World({ eth0: { ...dualStack, hasEgress: false, hasEgressAsUplink: false } }).start();
  await world.reaches("reach");
  await world.passes(3 * minuteMs);
  world.farm.rewire("eth1", publicDualStack);
  await world.reaches("online", 10_000);
  expect(world.farm.port).toBe("eth1");
  expect(count(world.steps, "restart")).toBe(0);
});

test("a candidate that leads nowhere as the uplink makes way for the next one", async () => {
  const world = new World({ eth0: { ...dualStack, hasEgressAsUplink: false }, eth1: publicDualStack }).start();
  await world.reaches("online");
  expect(world.farm.port).toBe("eth1");
  expect(world.steps).toEqual([...fromRecoverToReach, "bridge", "register", "reach", ...fromExitToOnline]);
});

test("an uplink that is lost while online is replaced by another NIC", async () => {
  const world = new World({ eth0: dualStack, eth1: publicDualStack }).start();
  await world.reaches("online");
  expect(world.farm.port).toBe("eth0");
  world.farm.rewire("eth0", deadWire);
  await world.passes(minuteMs);
  expect(world.farm.port).toBe("eth1");
  expect(world.steps).toEqual([...allSteps, "mend", ...allSteps]);
});

test("a fault beyond the gateways keeps the network as it is and asks again until it is over", async () => {
  const unreachable = { hasEgress: false, hasEgressAsUplink: false };
  const world = new World({
    eth0: { ...dualStack, ...unreachable },
    eth1: { ...publicDualStack, ...unreachable },
  }).start();
  await world.reaches("reach");
  await world.passes(3 * minuteMs);
  expect(count(world.farm.tried, "ensureBridge")).toBe(1);
  expect(count(world.farm.tried, "reachTargets")).toBeGreaterThan(5);
  world.farm.rewire("eth0", dualStack);
  await world.reaches("online", 2 * minuteMs);
  expect(count(world.farm.tried, "ensureBridge")).toBe(1);
});

test("a NIC that gets its carrier after all is used without help from outside", async () => {
  const world = new World({ eth0: deadWire, eth1: deadWire }).start();
  await world.passes(5 * minuteMs);
  world.farm.rewire("eth1", dualStack);
  await world.reaches("online", 2 * minuteMs);
  expect(world.farm.port).toBe("eth1");
});

test.each([
  [
    "ndmz",
    (farm: Farm) => Object.assign(farm, { hasNdmz: false, hasNat: false }),
    ["mend", "ndmz", "waitIpv6", "nat", "prove", "online"],
  ],
  ["NAT", (farm: Farm) => Object.assign(farm, { hasNat: false }), ["mend", "nat", "prove", "online"]],
  ["IPv6", (farm: Farm) => farm.rewire("eth0", { advert: null }), ["mend", "waitIpv6"]],
])(
  "%s that is lost while online is mended from the earliest step on, with the uplink kept",
  async (_, lose, mending) => {
    const world = new World({ eth0: dualStack }).start();
    await world.reaches("online");
    lose(world.farm);
    world.farm.changed();
    await world.passes(minuteMs);
    expect(world.steps.slice(allSteps.length)).toEqual(mending);
  },
);

test("a one-shot that was started during an outage of twenty minutes ends on the Internet without help from outside", async () => {
  const world = new World({ eth0: { ...dualStack, lease: null, advert: null } }, "internet").start();
  await world.passes(20 * minuteMs);
  expect(world.steps).not.toContain("done");
  world.farm.rewire("eth0", dualStack);
  await world.reaches("done", 2 * minuteMs);
  expect(world.steps).not.toContain("ndmz");
});

test("a daemon waits for the one-shot's uplink, however long that takes, and probes nothing meanwhile", async () => {
  const world = new World({ eth0: dualStack }, "networkd").start();
  world.farm.isClaimed = true;
  await world.passes(hourMs);
  expect(world.steps).toEqual(["awaitUplink"]);
  world.farm.port = "eth0";
  world.farm.changed();
  await world.passes(minuteMs);
  expect(world.steps).toEqual(["awaitUplink"]);
  world.farm.isClaimed = false;
  await world.reaches("online", minuteMs);
  expect(world.farm.tried).not.toContain("isolateNic");
});

test("a daemon whose uplink is lost later finds another one by itself", async () => {
  const world = new World({ eth0: dualStack, eth1: publicDualStack }, "networkd");
  world.farm.port = "eth0";
  world.start();
  await world.reaches("online");
  world.farm.rewire("eth0", deadWire);
  await world.passes(minuteMs);
  expect(world.step).toBe("online");
  expect(world.farm.port).toBe("eth1");
});

test("a lease that is lost while IPv6 goes on has its client restarted now and then, and the node stays online", async () => {
  const world = new World({ eth0: dualStack }).start();
  await world.reaches("online");
  world.farm.rewire("eth0", { lease: null });
  await world.passes(10 * minuteMs);
  expect(world.steps).toEqual(allSteps);
  expect(count(world.farm.tried, "restartLeaseClient")).toBeGreaterThan(5);
  expect(count(world.farm.tried, "restartLeaseClient")).toBeLessThan(12);
  const tried = world.farm.tried.length;
  world.farm.rewire("eth0", { lease: privateLease });
  await world.passes(minuteMs);
  expect(world.farm.tried.slice(tried)).not.toContain("restartLeaseClient");
});

test("settings that change nothing of what stands are used from then on, by resolv.conf too, and nothing else is done", async () => {
  const world = new World({ eth0: dualStack, eth1: publicDualStack }).start();
  await world.reaches("online");
  const tried = world.farm.tried.length;
  world.reloads({ reachTargets: ["hub.example:443"], isolation: "move", probeTimeoutMs: 5_000, ignoreNics: ["usb*"] });
  world.reloads({ uplink: "eth0", preferPrivateMs: 0 });
  await world.passes(1_000);
  expect(world.steps).toEqual(allSteps);
  expect(world.farm.tried.slice(tried)).toEqual(["keepResolver"]);
});

test("an uplink that the configuration forbids makes way for another, and one that it forbids is not adopted", async () => {
  const world = new World({ eth0: dualStack, eth1: publicDualStack }).start();
  await world.reaches("online");
  world.reloads({ ignoreNics: ["eth0"] });
  await world.passes(minuteMs);
  expect(world.step).toBe("online");
  expect(world.farm.port).toBe("eth1");
  world.reloads({ ignoreNics: [], uplink: "eth0" });
  await world.passes(minuteMs);
  expect(world.step).toBe("online");
  expect(world.farm.port).toBe("eth0");

  const later = new World({ eth0: dualStack, eth1: publicDualStack }, "all", { uplink: "eth1" });
  later.farm.port = "eth0";
  later.start();
  await later.reaches("online");
  expect(later.farm.port).toBe("eth1");
});

test("a NIC that goes before the uplink since other gateways are preferred takes its place", async () => {
  const world = new World({ eth0: dualStack, eth1: publicDualStack }).start();
  await world.reaches("online");
  world.reloads({ preferPublic: true });
  await world.passes(minuteMs);
  expect(world.step).toBe("online");
  expect(world.farm.port).toBe("eth1");
});

test("another exit is chosen with the uplink kept, and a former one is left", async () => {
  const world = new World({ eth0: dualStack, eth1: publicDualStack, eth2: publicDualStack }).start();
  await world.reaches("online");
  expect(world.farm.exit.exitNic).toBe("eth1");
  world.reloads({ exit: "eth2" });
  await world.passes(minuteMs);
  expect(world.step).toBe("online");
  expect(world.farm.exit.exitNic).toBe("eth2");
  expect(world.farm.port).toBe("eth0");
  expect(world.steps.slice(allSteps.length)).toContain("selectExit");
  expect(count(world.farm.tried, "ensureBridge")).toBe(1);
  world.reloads({ exit: "eth0" });
  await world.passes(minuteMs);
  expect(world.farm.exit.exitNic).toBe(null);
  expect(world.step).toBe("online");
});

test("another DHCP client is registered with the uplink kept", async () => {
  const world = new World({ eth0: dualStack }).start();
  await world.reaches("online");
  world.reloads({}, true);
  await world.passes(minuteMs);
  expect(world.step).toBe("online");
  expect(world.steps).toEqual([...allSteps, "recover", "bridge", "register", "reach", ...fromExitToOnline]);
  expect(count(world.farm.tried, "ensureLeaseClient")).toBe(4);
});

test("settings that come while a boot waits to start over end the wait, and ones that come while it probes count in that round", async () => {
  const world = new World({ eth0: deadWire, eth1: dualStack }, "all", { ignoreNics: ["eth1"] }).start();
  await world.passes(hourMs);
  await world.reaches("restart");
  world.reloads({ ignoreNics: [] });
  await world.reaches("online", 1_000);
  const other = new World({ eth0: { ...dualStack, lease: null }, eth1: publicDualStack }).start();
  await other.reaches("probe");
  other.reloads({ uplink: "eth1" });
  await other.reaches("online", 10_000);
  expect(other.farm.port).toBe("eth1");
});

test("an operator's request ends the boot while it goes on", async () => {
  const world = new World({ eth0: ipv4Wire }).start();
  await world.reaches("waitIpv6");
  world.stop();
  await world.reaches("stopped");
  expect(world.farm.tried.at(-1)).toBe("giveBackProbes");
});

/** What announces a node at the grid. */
const grid = { registrars: ["https://a.example", "https://b.example"], farmId: 1 };

/** Effects that a boot in a good network tries sooner or later; the self-check is what inspects. */
const onTheWay = [...Object.keys(effectsOn(new Farm(new ManualClock(), {}))), "watchNode"].filter(
  (name) =>
    ![
      "giveBackProbes",
      "shunServers",
      "checkAddresses",
      "claimNode",
      "restartLeaseClient",
      "findLeaseClient",
      "runLeaseClient",
      "awaitLeaseClientEnd",
    ].includes(name),
);

test.each(onTheWay)("an error in %s does not keep the node from being online", async (name) => {
  const world = new World({ eth0: dualStack }, "all", { ...grid, vantages: ["http://a.example"] });
  world.farm.failing.add(name);
  world.start();
  await world.reaches("online", 2 * minuteMs);
  await world.passes(hourMs);
  expect([...world.farm.failing], "effects that were not tried").toEqual([]);
  expect(world.step).toBe("online");
});

test("an error in every effect does not keep the node from being online", async () => {
  const world = new World({ eth0: dualStack }, "all", { ...grid, vantages: ["http://a.example"] });
  for (const name of onTheWay) world.farm.failing.add(name);
  world.start();
  await world.reaches("online", 5 * minuteMs);
  await world.passes(hourMs);
  expect([...world.farm.failing], "effects that were not tried").toEqual([]);
  expect(world.step).toBe("online");
});

describe("a node that is to be announced at the grid", () => {
  const times = (world: World, effect: string) => world.farm.tried.filter((each) => each === effect).length;

  test("goes online whether or not a registrar answers, and is announced when one does", async () => {
    const world = new World({ eth0: dualStack }, "all", grid);
    world.farm.hasRegistrar = false;
    world.start();
    await world.reaches("online");
    await world.passes(hourMs);
    expect(world.steps).toEqual(allSteps);
    expect(times(world, "ensureAccount")).toBeGreaterThan(20);
    expect(times(world, "ensureAccount")).toBeLessThan(100);
    world.farm.hasRegistrar = true;
    await world.passes(3 * minuteMs);
    expect(times(world, "reportUptime")).toBe(1);
  });

  test("reports every half hour, though its network starts over", async () => {
    const world = new World({ eth0: dualStack, eth1: dualStack }, "all", grid).start();
    await world.passes(6 * hourMs);
    expect(times(world, "reportUptime")).toBe(1 + 12);
    world.farm.rewire("eth0", deadWire);
    await world.passes(6 * hourMs);
    expect(times(world, "ensureAccount")).toBe(1);
    expect(times(world, "reportUptime")).toBeGreaterThanOrEqual(1 + 24);
  });

  test("tells of other addresses within a minute, and of many changes once a minute", async () => {
    const world = new World({ eth0: dualStack }, "all", grid).start();
    await world.reaches("online");
    const before = times(world, "ensureNode");
    for (let change = 0; change < 60; change++) {
      world.farm.rewire("eth0", { lease: { ...privateLease, address: `192.168.1.${100 + change}` } });
      await world.passes(10_000);
    }
    expect(times(world, "ensureNode") - before).toBeGreaterThan(5);
    expect(times(world, "ensureNode") - before).toBeLessThanOrEqual(11);
  });

  test("waits with ndmz until the grid knows it where that is required, and looks after its uplink meanwhile", async () => {
    const world = new World({ eth0: dualStack, eth1: dualStack }, "all", { ...grid, enrolment: "required" });
    world.farm.hasRegistrar = false;
    world.start();
    await world.passes(10 * minuteMs);
    expect(world.steps).not.toContain("ndmz");
    world.farm.rewire("eth0", deadWire);
    await world.passes(10 * minuteMs);
    expect(world.farm.port).toBe("eth1");
    world.farm.hasRegistrar = true;
    await world.reaches("online", 3 * minuteMs);
  });

  test("begins when its configuration says so, and ends when it no longer does", async () => {
    const world = new World({ eth0: dualStack }).start();
    await world.reaches("online");
    world.reloads(grid);
    await world.passes(minuteMs);
    expect(times(world, "reportUptime")).toBe(1);
    world.reloads({ registrars: [] });
    await world.passes(2 * hourMs);
    expect(times(world, "reportUptime")).toBe(1);
  });
});
