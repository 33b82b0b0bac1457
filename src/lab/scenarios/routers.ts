import { pass, rules, run, sees, sight, step } from "./deeds.ts";
import { haPair, homeDual, kept, scenario, twoHomes } from "./parts.ts";
import type { Deed, Scenario } from "./scenario.ts";

/** The Internet answers nobody; the routers up to it still do. */
const outage = rules(
  "internet",
  "table inet outage { chain in { type filter hook prerouting priority raw; iifname wan drop; }; }",
);

/** What routers and switches do, and fail to do. */
export const routerScenarios: readonly Scenario[] = [
  scenario({
    name: "router-dies",
    summary: "the router behind a live switch dies, and another NIC is in another network",
    layout: twoHomes,
    steps: [step("the left router is dead", deadRouter("left"))],
    ending: { uplink: "eth1", exit: "eth1", withinMs: 60_000, flows: kept(1_000), keeps: ["ndmz", "tonrs"] },
  }),
  scenario({
    name: "exit-router-dies",
    summary: "the router of the exit's network dies behind a live switch, and the uplink has IPv6 too",
    layout: twoHomes,
    steps: [step("the right router is dead", deadRouter("right"))],
    ending: { exit: "eth0", withinMs: 60_000, mostRecoveredMs: 15_000, keeps: ["ndmz", "tonrs"] },
  }),
  scenario({
    name: "only-router-reboots",
    summary: "the only router is dead for 20 s and comes back with the same addresses",
    layout: homeDual,
    steps: [
      step("the router is dead for 20 s", [...deadRouter("home"), pass(20_000)]),
      step("the router is back", liveRouter("home"), { isBeginning: true }),
    ],
    ending: {
      withinMs: 60_000,
      mostRecoveredMs: 10_000,
      flows: kept(35_000),
      keeps: ["ndmz", "tonrs", "address of zos"],
    },
  }),
  scenario({
    name: "gateway-mac-changes",
    summary: "the router has another MAC address from one moment to the next",
    layout: homeDual,
    steps: [
      step("the router has another MAC", [run("router of home", "ip link set dev lan address 02:00:00:00:aa:02")]),
    ],
    ending: { flows: kept(10_000), keeps: ["ndmz", "tonrs", "address of zos"] },
  }),
  scenario({
    name: "gateway-replaced",
    summary: "the router is replaced by one with the same addresses, but another MAC and link-local address",
    layout: homeDual,
    steps: [
      step("the router is another one", [
        run("router of home", "ip link set dev lan down"),
        run("router of home", "ip link set dev lan address 02:00:00:00:aa:01 up"),
        run("router of home", "ip -6 addr replace 2001:db8:1::1/64 dev lan nodad"),
      ]),
    ],
    ending: { withinMs: 60_000, mostRecoveredMs: 30_000, flows: kept(30_000), keeps: ["ndmz", "tonrs"] },
  }),
  scenario({
    name: "internet-gone",
    summary: "the Internet is gone behind routers that answer, and comes back after 30 s",
    layout: haPair,
    steps: [
      step("the Internet answers nobody", [outage, pass(30_000)]),
      step("the Internet is back", [run("internet", "nft delete table inet outage")], { isBeginning: true }),
    ],
    ending: {
      withinMs: 60_000,
      mostRecoveredMs: 5_000,
      flows: kept(33_000),
      keeps: ["ndmz", "tonrs", "address of zos"],
      visitsNot: ["probe", "bridge", "ndmz", "nat"],
      mostCommands: 120,
    },
  }),
  scenario({
    name: "internet-gone-is-said",
    summary: "the Internet is gone behind a router that answers, and stays so",
    layout: homeDual,
    steps: [step("the Internet answers nobody", [outage, run("ndmz", "ip neigh flush all")])],
    ending: {
      outcome: "degraded",
      families: [],
      withinMs: 420_000,
      keeps: ["ndmz", "tonrs"],
      visitsNot: ["probe", "bridge", "ndmz"],
    },
  }),
  scenario({
    name: "advertisement-flood",
    summary: "forty devices on the LAN advertise prefixes every few seconds, none of which is a router",
    layout: homeDual,
    steps: [
      step("forty devices advertise themselves", flood(), {
        until: sees(
          sight("npub6 has addresses of many prefixes", "node", {
            words: "ip -n ndmz -6 addr show dev npub6",
            matches: /fd99:[^]*fd99:/,
          }),
          40_000,
        ),
      }),
      step("that goes on for 20 s", [pass(20_000)]),
    ],
    ending: {
      flows: kept(500),
      keeps: ["ndmz", "tonrs", "address of zos"],
      visitsNot: ["probe", "bridge", "ndmz", "waitIpv6"],
      mostCommands: 60,
    },
  }),
  scenario({
    name: "switch-admits-one-mac",
    summary: "the switch admits the NIC's own MAC address only (port security), from one moment to the next",
    layout: homeDual,
    steps: [
      step("the switch drops all other sources of eth0's port", [
        rules(
          "switch of home",
          "table bridge guard { chain in { type filter hook prerouting priority 0; iifname port0 ether saddr != 02:00:00:00:01:00 drop; }; }",
        ),
      ]),
    ],
    ending: { outcome: "degraded", families: [], withinMs: 120_000, says: [/MAC|port security/i], keeps: ["tonrs"] },
  }),
];

/** The switch stays alive, and nothing comes from the router any more. */
function deadRouter(segment: string): Deed[] {
  return [run(`switch of ${segment}`, "ip link set dev router nomaster")];
}

function liveRouter(segment: string): Deed[] {
  return [run(`switch of ${segment}`, "ip link set dev router master switch")];
}

/**
 * A host with forty addresses on the LAN, each of which advertises a prefix of its own and is no router. It does not
 * detect duplicates: dnsmasq starts at once, and what it says while its link-local addresses are tentative gets lost.
 */
function flood(): Deed[] {
  const places = Array.from({ length: 40 }, (_, index) => index + 1);
  const links = places.flatMap((n) => [
    `link add link lan0 name f${n} type macvlan mode bridge`,
    `addr add fd99:0:0:${n.toString(16)}::1/64 dev f${n} nodad`,
    `link set f${n} up`,
  ]);
  const config = [
    "port=0",
    "user=root",
    "pid-file=",
    "enable-ra",
    ...places.flatMap((n) => [`interface=f${n}`, `dhcp-range=::,constructor:f${n},ra-only`, `ra-param=f${n},4,0`]),
  ];
  return [
    run("switch of home", "ip netns add flood"),
    run("switch of home", "ip netns exec flood sysctl -qw net.ipv6.conf.default.accept_dad=0"),
    run("switch of home", "ip link add index 3000 name flood type veth peer name lan0 netns flood"),
    run("switch of home", "ip link set flood master switch up"),
    {
      kind: "run",
      at: "switch of home",
      argv: ["ip", "-n", "flood", "-batch", "-"],
      input: `link set lan0 up\n${links.join("\n")}\n`,
    },
    {
      kind: "run",
      at: "switch of home",
      argv: ["ip", "netns", "exec", "flood", "dnsmasq", "--conf-file=-"],
      input: `${config.join("\n")}\n`,
    },
  ];
}
