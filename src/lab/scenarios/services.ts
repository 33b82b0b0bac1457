import { withShortLeases } from "../layouts/renewal.ts";
import { pass, run, shell, shellSight, step, told } from "./deeds.ts";
import { homeDual, kept, renewedSoon, scenario } from "./parts.ts";
import type { Condition, Deed, Scenario } from "./scenario.ts";

const homeSoon = renewedSoon(homeDual);
const killUp = run("node", "pkill -KILL -f zos-boot.mjs.up");
const started: Deed = { kind: "program" };
const renewed = (count: number, withinMs = 30_000): Condition => ({ kind: "renewals", count, withinMs });

const oneClient = shellSight("one client runs for zos", "node", {
  line: "pgrep -cf '^dhcpcd: zos .ip4'",
  matches: /^1$/m,
});

/** Processes: the program, its DHCP clients, and zinit. */
export const serviceScenarios: readonly Scenario[] = [
  scenario({
    name: "up-killed",
    summary: "`up` is killed and started again while flows run",
    layout: homeDual,
    steps: [step("`up` is killed and started again", [killUp, pass(500), started])],
    ending: { flows: kept(300), staysMs: 4_000, keeps: ["ndmz", "tonrs", "address of zos"] },
  }),
  scenario({
    name: "up-restarted",
    summary: "`up` is ended and started again after ten seconds",
    layout: homeDual,
    steps: [
      step("`up` is ended", [run("node", "pkill -TERM -f zos-boot.mjs.up"), pass(10_000)]),
      step("`up` is started again", [started]),
    ],
    ending: { flows: kept(300), staysMs: 4_000, keeps: ["ndmz", "tonrs", "address of zos"] },
  }),
  scenario({
    name: "up-killed-table-removed",
    summary: "`up` is killed, ndmz loses its rules, and `up` is started again",
    layout: homeDual,
    steps: [
      step("`up` is killed, and the table deleted", [killUp, run("ndmz", "nft delete table inet zos-boot"), pass(500)]),
      step("`up` is started again", [started], { isBeginning: true }),
    ],
    ending: { mostRecoveredMs: 5_000, keeps: ["ndmz", "tonrs", "address of zos"] },
  }),
  scenario({
    name: "client-killed",
    summary: "the DHCP client of zos is killed",
    layout: homeSoon,
    steps: [step("the client is killed", [shell("node", "pkill -KILL -f '^dhcpcd: .*zos'")], { until: renewed(2) })],
    ending: { flows: kept(500), keeps: ["ndmz", "tonrs", "address of zos"], sights: [oneClient] },
  }),
  scenario({
    name: "client-hangs",
    summary: "the DHCP client of zos hangs, and the address is lost",
    layout: homeDual,
    steps: [
      step("the client hangs, and the address goes", [
        shell("node", "pkill -STOP -f '^dhcpcd: .*zos'"),
        run("node", "ip -4 addr flush dev zos"),
      ]),
    ],
    ending: { withinMs: 60_000, flows: kept(500), keeps: ["ndmz", "tonrs", "address of zos"] },
  }),
  scenario({
    name: "udhcpc-without-up",
    summary: "udhcpc is the client, and `up` is stopped for three renewals",
    layout: { ...withShortLeases(homeDual), name: `${homeDual.name}, short leases` },
    settings: ["dhcpClient: udhcpc"],
    steps: [
      step("`up` is stopped", [run("node", "pkill -TERM -f zos-boot.mjs.up"), pass(500)]),
      step("the lease is renewed three times", [], { until: renewed(3, 220_000) }),
      step("`up` is started again", [started]),
    ],
    ending: { flows: kept(500), keeps: ["ndmz", "tonrs", "address of zos"] },
  }),
  scenario({
    name: "dhcpcd-without-up",
    summary: "dhcpcd is the client, and `up` is killed for three renewals",
    layout: homeSoon,
    settings: ["dhcpClient: dhcpcd"],
    steps: [
      step("`up` is killed", [killUp, pass(500)]),
      step("the lease is renewed three times", [], { until: renewed(3) }),
      step("`up` is started again", [started]),
    ],
    ending: { flows: kept(500), keeps: ["ndmz", "tonrs", "address of zos"] },
  }),
  scenario({
    name: "nothing-happens",
    summary: "nothing happens to a node that is online",
    layout: homeDual,
    steps: [step("nothing happens for 5 s", [pass(5_000)], { until: told("it is online", /"state":"online"/) })],
    ending: {
      flows: kept(300),
      visitsNot: ["probe", "bridge", "ndmz", "nat"],
      mostCommands: 20,
      keeps: ["ndmz", "tonrs"],
    },
  }),
];
