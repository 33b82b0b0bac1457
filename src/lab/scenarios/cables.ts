import { pass, pluggedIn, pulled, run, step, told } from "./deeds.ts";
import { haPair, homeDual, kept, oobDeadEnd, oobWorkload, replaced, scenario, twoHomes } from "./parts.ts";
import type { Scenario } from "./scenario.ts";

/** The mission's budgets for a NIC that is pulled while another one leads out. */
const failover = { ...kept(1_000, ["v4"]), ...kept(2_500, ["v6"]) };

/** Two NICs that are as good: to go back to the first would be one more interruption. */
const either = /^eth[01]$/;

/** Cables, and NICs that come and go. */
export const cableScenarios: readonly Scenario[] = [
  scenario({
    name: "uplink-pulled",
    summary: "the uplink's cable is pulled, and another NIC is in the same network",
    layout: haPair,
    isTimed: true,
    steps: [step("the cable of eth0 is pulled", [pulled("eth0")])],
    ending: { uplink: "eth1", exit: "eth1", flows: failover, keeps: ["ndmz", "tonrs"] },
  }),
  scenario({
    name: "exit-pulled",
    summary: "the cable of the NIC that workloads leave through is pulled, and the uplink is in the same network",
    layout: haPair,
    isTimed: true,
    steps: [step("the cable of eth1 is pulled", [pulled("eth1")])],
    ending: { exit: "eth0", flows: failover, keeps: ["ndmz", "tonrs"] },
  }),
  scenario({
    name: "exit-pulled-and-flushed",
    summary: "the cable of the exit NIC is pulled and the route by advertisement flushed, while the uplink has IPv6",
    layout: haPair,
    steps: [
      step("the cable of eth1 is pulled, and IPv6 routes of ndmz are flushed", [
        pulled("eth1"),
        run("node", "ip -n ndmz -6 route flush proto ra"),
      ]),
    ],
    ending: { exit: "eth0", mostRecoveredMs: 5_000, keeps: ["ndmz", "tonrs"] },
  }),
  scenario({
    name: "exit-back",
    summary: "the exit NIC's cable is pulled and plugged in again after ten seconds",
    layout: haPair,
    steps: [
      step("the cable of eth1 is pulled for 10 s", [pulled("eth1"), pass(10_000)]),
      step("the cable of eth1 is plugged in again", [pluggedIn("eth1")], { isBeginning: true }),
    ],
    ending: { exit: either, withinMs: 90_000, flows: kept(2_500), keeps: ["ndmz", "tonrs"] },
  }),
  scenario({
    name: "workload-nic-pulled",
    summary: "the NIC of the workloads' own network is pulled; the one for management has no IPv6",
    layout: oobWorkload,
    steps: [step("the cable of eth1 is pulled", [pulled("eth1")])],
    ending: {
      outcome: "degraded",
      families: ["v4"],
      flows: replaced(5_000, ["v4"]),
      withinMs: 30_000,
      says: [/eth1[^\n]*(carrier|cable)/i],
    },
  }),
  scenario({
    name: "oob-pulled",
    summary: "the management network's cable is pulled; workloads leave through another NIC",
    layout: oobWorkload,
    steps: [step("the cable of eth0 is pulled", [pulled("eth0")])],
    ending: { uplink: "eth1", exit: "eth1", flows: kept(1_000), keeps: ["ndmz", "tonrs"] },
  }),
  scenario({
    name: "cable-out-2s",
    summary: "the only NIC's cable is out for two seconds, as after an autonegotiation",
    layout: homeDual,
    steps: [
      step("the cable of eth0 is pulled for 2 s", [pulled("eth0"), pass(2_000)]),
      step("the cable of eth0 is plugged in again", [pluggedIn("eth0")]),
    ],
    ending: {
      mostRecoveredMs: 5_000,
      staysMs: 8_000,
      flows: kept(4_500),
      keeps: ["ndmz", "tonrs", "address of zos"],
      visitsNot: ["probe", "bridge", "ndmz", "nat"],
    },
  }),
  scenario({
    name: "cable-out-60s",
    summary: "the only NIC's cable is out for a minute",
    layout: homeDual,
    steps: [
      step("the cable of eth0 is pulled for 60 s", [pulled("eth0"), pass(60_000)]),
      step("the cable of eth0 is plugged in again", [pluggedIn("eth0")], { isBeginning: true }),
    ],
    ending: { mostRecoveredMs: 5_000, flows: replaced(70_000), keeps: ["tonrs"] },
  }),
  scenario({
    name: "link-down-on-node",
    summary: "somebody sets the only NIC down on the node itself",
    layout: homeDual,
    steps: [step("eth0 is set down", [run("node", "ip link set dev eth0 down")])],
    ending: { mostRecoveredMs: 5_000, flows: kept(5_000), keeps: ["ndmz", "tonrs"] },
  }),
  scenario({
    name: "both-pulled",
    summary: "uplink and exit lose their cables together, and get them back after five seconds",
    layout: haPair,
    steps: [
      step("the cables of eth0 and eth1 are pulled for 5 s", [pulled("eth0"), pulled("eth1"), pass(5_000)]),
      step("both are plugged in again", [pluggedIn("eth0"), pluggedIn("eth1")], { isBeginning: true }),
    ],
    ending: {
      uplink: either,
      exit: either,
      withinMs: 60_000,
      mostRecoveredMs: 5_000,
      flows: kept(12_000),
      keeps: ["tonrs"],
    },
  }),
  scenario({
    name: "flaps-in-turn",
    summary: "both NICs lose their cables for a second in turn, five times each",
    layout: twoHomes,
    steps: [
      ...Array.from({ length: 5 }, () => ["eth0", "eth1"]).flatMap((turn) =>
        turn.map((nic) =>
          step(`the cable of ${nic} is out for 1 s`, [pulled(nic), pass(1_000), pluggedIn(nic), pass(1_000)]),
        ),
      ),
      step("both stay", [], { isBeginning: true }),
    ],
    ending: { uplink: either, exit: either, withinMs: 90_000, keeps: ["ndmz", "tonrs"], mostCommands: 300 },
  }),
  scenario({
    name: "hundred-flaps",
    summary: "the cable of the NIC that workloads leave through flaps a hundred times, and then stays",
    layout: haPair,
    steps: [
      step(
        "the cable of eth1 flaps a hundred times",
        Array.from({ length: 100 }, () => [pulled("eth1"), pass(100), pluggedIn("eth1"), pass(200)]).flat(),
      ),
      step("it stays", [], { isBeginning: true }),
    ],
    ending: {
      exit: either,
      withinMs: 120_000,
      mostRecoveredMs: 5_000,
      flows: kept(3_000, ["v4"]),
      keeps: ["ndmz", "tonrs", "address of zos"],
      mostCommands: 400,
    },
  }),
  scenario({
    name: "nic-vanishes",
    summary: "the only NIC vanishes, as a driver that crashes makes it, and comes back after five seconds",
    layout: homeDual,
    steps: [
      step("eth0 is gone for 5 s", [{ kind: "nic", nic: "eth0", is: "removed" }, pass(5_000)]),
      step("eth0 is there again", [{ kind: "nic", nic: "eth0", is: "plugged in" }], { isBeginning: true }),
    ],
    ending: { mostRecoveredMs: 5_000, keeps: ["tonrs"] },
  }),
  scenario({
    name: "uplink-vanishes",
    summary: "the uplink vanishes for good, and another NIC is there",
    layout: twoHomes,
    steps: [step("eth0 is gone", [{ kind: "nic", nic: "eth0", is: "removed" }])],
    ending: { uplink: "eth1", exit: "eth1", mostRecoveredMs: 5_000, keeps: ["ndmz", "tonrs"] },
  }),
  scenario({
    name: "nic-hot-plugged",
    summary: "a node that has failed to find a gateway gets a NIC with one",
    layout: oobDeadEndWithLate(),
    lateNics: ["eth1"],
    begins: "started",
    settings: ["probeTimeoutMs: 3000"],
    steps: [
      step("the node has tried in vain", [], { until: told("it waits to try again", /"state":"restart"/, 40_000) }),
      step("eth1 is plugged in", [{ kind: "nic", nic: "eth1", is: "plugged in" }], { isBeginning: true }),
    ],
    ending: { uplink: "eth1", exit: "eth1", withinMs: 30_000 },
  }),
  scenario({
    name: "uplink-out-beside-dead-end",
    summary: "the good NIC is out for a minute beside a management network that leads nowhere",
    layout: oobDeadEnd,
    steps: [
      step("the cable of eth1 is pulled for 60 s", [pulled("eth1"), pass(60_000)]),
      step("the cable of eth1 is plugged in again", [pluggedIn("eth1")], { isBeginning: true }),
    ],
    ending: { withinMs: 60_000, mostRecoveredMs: 10_000, keeps: ["tonrs"] },
  }),
];

/** A silent network at first, so that there is a round that fails, and a home. */
function oobDeadEndWithLate() {
  const { segments, nics, ...layout } = oobDeadEnd;
  const [dead, ...others] = segments;
  return {
    ...layout,
    name: "silent-and-home",
    summary: "a NIC in a network without a router, and one that comes later in a home network",
    segments: [...(dead === undefined ? [] : [{ ...dead, router: null }]), ...others],
    nics,
  };
}
