import { noSight, pluggedIn, pulled, pass, rules, run, shell, sight, step, told, tried, works } from "./deeds.ts";
import { haPair, homeDual, kept, oobWorkload, scenario } from "./parts.ts";
import type { Deed, Ending, Scenario } from "./scenario.ts";

/** Long enough for a program that looks at itself each half minute to find what no event tells. */
const foundByLookingMs = 45_000;

/** Something in ndmz or on the node is changed by hand on a one-NIC node, and must be mended. */
function meddled(
  given: Pick<Scenario, "name" | "summary"> & { deeds: readonly Deed[]; ending?: Partial<Ending>; does: string },
): Scenario {
  const { deeds, does, ending, ...named } = given;
  return scenario({
    ...named,
    layout: homeDual,
    steps: [step(does, deeds)],
    ending: { withinMs: foundByLookingMs, keeps: ["ndmz", "tonrs"], ...ending },
  });
}

/** What somebody does to the node itself: all of it must be as it was, soon and without help. */
export const nodeScenarios: readonly Scenario[] = [
  meddled({
    name: "namespace-removed",
    summary: "the namespace ndmz is deleted",
    does: "ndmz is deleted",
    deeds: [run("node", "ip netns del ndmz")],
    ending: {
      keeps: ["tonrs"],
      mostRecoveredMs: 5_000,
      sights: [sight("ndmz is there again", "node", { words: "ip netns list", matches: /^ndmz\b/m })],
    },
  }),
  meddled({
    name: "br-ndmz-removed",
    summary: "the bridge to network resources is deleted",
    does: "br-ndmz is deleted",
    deeds: [run("node", "ip link del dev br-ndmz")],
    ending: { mostRecoveredMs: 5_000 },
  }),
  meddled({
    name: "br-ndmz-down",
    summary: "the bridge to network resources is set down",
    does: "br-ndmz is set down",
    deeds: [run("node", "ip link set dev br-ndmz down")],
    ending: { mostRecoveredMs: 5_000, flows: kept(5_000) },
  }),
  meddled({
    name: "tonrs-removed",
    summary: "ndmz's side towards network resources is deleted",
    does: "tonrs is deleted",
    deeds: [run("ndmz", "ip link del dev tonrs")],
    ending: { mostRecoveredMs: 5_000, flows: kept(5_000) },
  }),
  meddled({
    name: "tonrs-down",
    summary: "ndmz's side towards network resources is set down",
    does: "tonrs is set down",
    deeds: [run("ndmz", "ip link set dev tonrs down")],
    ending: { mostRecoveredMs: 5_000, flows: kept(5_000) },
  }),
  meddled({
    name: "tonrs-flushed",
    summary: "ndmz's side towards network resources loses its addresses",
    does: "the addresses of tonrs are flushed",
    deeds: [run("ndmz", "ip addr flush dev tonrs")],
    ending: { mostRecoveredMs: 5_000, flows: kept(5_000) },
  }),
  meddled({
    name: "npub6-removed",
    summary: "ndmz's outward interface for IPv6 is deleted",
    does: "npub6 is deleted",
    deeds: [run("ndmz", "ip link del dev npub6")],
    ending: { mostRecoveredMs: 5_000, flows: { ...kept(500, ["v4"]), ...kept(5_000, ["v6"]) } },
  }),
  meddled({
    name: "npub6-down",
    summary: "ndmz's outward interface for IPv6 is set down",
    does: "npub6 is set down",
    deeds: [run("ndmz", "ip link set dev npub6 down")],
    ending: { mostRecoveredMs: 5_000, flows: { ...kept(500, ["v4"]), ...kept(5_000, ["v6"]) } },
  }),
  meddled({
    name: "npub4-flushed",
    summary: "ndmz's outward interface for IPv4 loses its address",
    does: "the address of npub4 is flushed",
    deeds: [run("ndmz", "ip -4 addr flush dev npub4")],
    ending: { mostRecoveredMs: 15_000, flows: kept(500, ["v6"]) },
  }),
  meddled({
    name: "routes-flushed",
    summary: "all routes of ndmz are flushed",
    does: "the routes of ndmz are flushed",
    deeds: [shell("ndmz", "ip -4 route flush table main; ip -6 route flush table main")],
    ending: { mostRecoveredMs: 10_000 },
  }),
  meddled({
    name: "routing-rules-flushed",
    summary: "all routing policy rules of ndmz are flushed",
    does: "the routing rules of ndmz are flushed",
    deeds: [shell("ndmz", "ip -4 rule flush; ip -6 rule flush")],
    ending: { mostRecoveredMs: 5_000, flows: kept(5_000) },
  }),
  meddled({
    name: "forwarding-off",
    summary: "forwarding is switched off in ndmz",
    does: "forwarding is switched off",
    deeds: [run("ndmz", "sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0")],
    ending: { flows: kept(foundByLookingMs) },
  }),
  meddled({
    name: "accept-ra-off",
    summary: "router advertisements are not accepted any more on npub6",
    does: "accept_ra of npub6 is switched off",
    deeds: [run("ndmz", "sysctl -qw net.ipv6.conf.npub6.accept_ra=0")],
    ending: {
      flows: kept(500),
      sights: [
        sight("accept_ra of npub6 is 2", "ndmz", { words: "sysctl -n net.ipv6.conf.npub6.accept_ra", matches: /^2$/m }),
      ],
    },
  }),
  meddled({
    name: "table-removed",
    summary: "the nftables table of ndmz is deleted",
    does: "the table is deleted",
    deeds: [run("ndmz", "nft delete table inet zos-boot")],
    ending: { mostRecoveredMs: 5_000, flows: kept(5_000) },
  }),
  meddled({
    name: "rule-replaced",
    summary: "a filter rule of ndmz is replaced by one that lets everything in; their number stays",
    does: "the last rule of the input chain is replaced",
    deeds: [{ kind: "rule", chain: "input", by: "counter accept" }],
    ending: {
      flows: kept(500),
      sights: [
        noSight("no rule accepts everything", "ndmz", {
          words: "nft list chain inet zos-boot input",
          matches: /counter packets \d+ bytes \d+ accept/,
        }),
      ],
    },
  }),
  meddled({
    name: "forward-rule-replaced",
    summary: "the rule that lets resources out is replaced by one that drops",
    does: "the last rule of the forward chain is replaced",
    deeds: [{ kind: "rule", chain: "forward", by: "counter drop" }],
    ending: { mostRecoveredMs: 5_000, flows: kept(5_000) },
  }),
  meddled({
    name: "resolver-overwritten",
    summary: "somebody writes another resolv.conf",
    does: "resolv.conf is overwritten",
    deeds: [shell("node", "echo nameserver 192.0.2.66 > /etc/resolv.conf")],
    ending: {
      flows: kept(500),
      leaves: [/\/etc\/resolv\.conf/],
      sights: [
        sight("resolv.conf names the network's server", "node", {
          words: "cat /etc/resolv.conf",
          matches: /192\.168\.1\.1/,
        }),
      ],
    },
  }),
  meddled({
    name: "zos-removed",
    summary: "the bridge of the uplink is deleted",
    does: "zos is deleted",
    deeds: [run("node", "ip link del dev zos")],
    ending: { mostRecoveredMs: 10_000, keeps: ["tonrs"] },
  }),
  meddled({
    name: "uplink-out-of-zos",
    summary: "the uplink is taken out of its bridge",
    does: "eth0 leaves zos",
    deeds: [run("node", "ip link set dev eth0 nomaster")],
    ending: { mostRecoveredMs: 5_000, flows: kept(5_000) },
  }),
  scenario({
    name: "foreign-port-zos",
    summary:
      "a port that is somebody else's is in zos while the cable is out and plugged in again, and while `up` is restarted",
    layout: homeDual,
    steps: [
      step("vm0 is put into zos", foreignPort("zos")),
      step("the cable of eth0 is out for 3 s", [pulled("eth0"), pass(3_000), pluggedIn("eth0")], {
        until: works(["v4", "v6"]),
      }),
      step("`up` is ended and started again", [
        run("node", "pkill -TERM -f zos-boot.mjs.up"),
        pass(1_000),
        { kind: "program" },
      ]),
    ],
    ending: { sights: [isPort("zos")], leaves: [/vm0/], keeps: ["tonrs", "address of zos"], staysMs: 5_000 },
  }),
  scenario({
    name: "foreign-port-br-pub",
    summary: "a port that is somebody else's is in br-pub while the exit's cable is out and plugged in again",
    layout: oobWorkload,
    steps: [
      step("vm0 is put into br-pub", foreignPort("br-pub")),
      step("the cable of eth1 is out for 3 s", [pulled("eth1"), pass(3_000), pluggedIn("eth1")]),
    ],
    ending: { sights: [isPort("br-pub")], leaves: [/vm0/], keeps: ["ndmz", "tonrs"], staysMs: 5_000 },
  }),
  scenario({
    name: "foreign-rules",
    summary: "somebody else has a table of their own in ndmz when ours is deleted",
    layout: homeDual,
    steps: [
      step("a table is added, and ours is deleted", [
        rules("ndmz", "table inet theirs { chain in { type filter hook input priority 10; counter; }; }"),
        run("ndmz", "nft delete table inet zos-boot"),
      ]),
    ],
    ending: {
      mostRecoveredMs: 5_000,
      flows: kept(5_000),
      sights: [sight("their table is there", "ndmz", { words: "nft list tables", matches: /inet theirs/ })],
    },
  }),
  scenario({
    name: "everything-at-once",
    summary: "table, npub6, tonrs and zos's address are removed in the same moment",
    layout: haPair,
    steps: [
      step("four things are removed", [
        run("ndmz", "nft delete table inet zos-boot"),
        tried("ndmz", "ip link del dev npub6"),
        tried("ndmz", "ip link del dev tonrs"),
        tried("node", "ip -4 addr flush dev zos"),
      ]),
    ],
    ending: { withinMs: foundByLookingMs, keeps: ["ndmz", "tonrs", "address of zos"] },
  }),
  scenario({
    name: "forwarding-kept-off",
    summary: "somebody switches forwarding off again and again, faster than it can be mended",
    layout: homeDual,
    steps: [
      step(
        "forwarding is switched off each 100 ms",
        [
          shell(
            "ndmz",
            "while :; do sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0; sleep 0.1; done >&2 &",
          ),
        ],
        { until: told("it does not claim to be well", /degraded|"state":"(?!online)/, 45_000) },
      ),
      step("that goes on for 20 s", [pass(20_000)]),
      step("it stops", [shell("node", "pkill -f 'ip_forwar[d]=0'; true")], { isBeginning: true }),
    ],
    ending: { withinMs: 90_000, mostCommands: 250, keeps: ["ndmz", "tonrs"] },
  }),
];

/** A veth whose other end is up, as a virtual machine has one; the node itself has no address there. */
function foreignPort(bridge: string): Deed[] {
  return [
    run("node", "ip link add vm0 type veth peer name vm0-peer"),
    run("node", "sysctl -qw net.ipv6.conf.vm0.disable_ipv6=1 net.ipv6.conf.vm0-peer.disable_ipv6=1"),
    run("node", "ip link set dev vm0-peer up"),
    run("node", `ip link set dev vm0 master ${bridge} up`),
  ];
}

function isPort(bridge: string) {
  return sight(`vm0 is in ${bridge}`, "node", {
    words: "ip link show dev vm0",
    matches: new RegExp(`master ${bridge} `),
  });
}
