import type { Layout } from "../layouts/layout.ts";
import { homeIpv4, homeIpv6, nic, online, router } from "../layouts/parts.ts";
import { run, shell, sight, step } from "./deeds.ts";
import { homeDual, kept, scenario } from "./parts.ts";
import type { Deed, Scenario } from "./scenario.ts";

/** A node whose LAN has the addresses that resources have on other nodes. */
function homeWith(name: string, summary: string, networks: { ipv4?: object; ipv6?: object }): Layout {
  const home = router({ ...homeIpv4, ...networks.ipv4 }, { ...homeIpv6, ...networks.ipv6 });
  return {
    name,
    summary,
    segments: [{ name: "home", router: home }],
    nics: [nic("eth0", "home")],
    expected: online("eth0"),
  };
}

/** Nodes that find something unusual when they boot. */
export const surroundingScenarios: readonly Scenario[] = [
  scenario({
    name: "lan-has-resources-prefix6",
    summary: "the LAN's IPv6 prefix is the one that resources usually have, fd00::/64",
    layout: homeWith("home-fd00", "one NIC behind a home router whose IPv6 prefix is fd00::/64, with NAT66", {
      ipv6: { prefix: "fd00::/64", isNated: true },
    }),
    begins: "started",
    steps: [step("the node boots", [])],
    ending: { withinMs: 45_000 },
  }),
  scenario({
    name: "lan-has-resources-network4",
    summary: "the LAN's IPv4 network is the one that resources usually have, 100.127/16",
    layout: homeWith("home-100.127", "one NIC behind a router that gives addresses of 100.127/16, with NAT", {
      ipv4: { address: "100.127.0.1/16", pool: ["100.127.9.1", "100.127.9.99"], gateways: ["100.127.0.1"] },
    }),
    begins: "started",
    steps: [step("the node boots", [])],
    ending: { withinMs: 45_000 },
  }),
  scenario({
    name: "set-up-by-reference",
    summary: "the program is started on a node that the reference, zos's own daemons, has set up",
    layout: homeDual,
    manager: "zinit",
    begins: "before",
    flowsOf: "node",
    steps: [step("bridge, client and ndmz as the reference makes them", reference())],
    ending: {
      outcome: "any", // Taken over, or left alone with a clear refusal.
      says: [/^state +online|belongs? to|refuse/m],
      withinMs: 30_000,
      staysMs: 15_000,
      flows: kept(500),
      leaves: [/./],
      sights: [sight("zos has an address", "node", { words: "ip -4 addr show dev zos", matches: /inet / })],
    },
  }),
];

/** What bootstrap and networkd of zos leave: zos and br-pub, udhcpc under zinit, ndmz with its own nft table. */
function reference(): Deed[] {
  const script = "/run/zos-boot-lab/udhcpc.script";
  const lines = [
    "#!/bin/sh",
    'case "$1" in bound|renew) ip addr replace $ip/$mask dev $interface; ip route replace default via $router dev $interface; echo nameserver $dns > /etc/resolv.conf ;; esac',
  ];
  return [
    run("node", "sysctl -qw net.ipv6.conf.default.accept_dad=0"),
    run("node", "mkdir -p /etc/zinit"),
    run("node", "ip link add name zos type bridge"),
    run("node", "ip link set dev eth0 master zos up"),
    run("node", "ip link set dev zos up"),
    {
      kind: "run",
      at: "node",
      argv: ["sh", "-c", `cat > ${script}; chmod +x ${script}`],
      input: `${lines.join("\n")}\n`,
    },
    run("node", "tee /etc/zinit/dhcp-zos.yaml", `exec: udhcpc -v -f -i zos -s ${script}\nlog: ring\n`),
    { kind: "zinit" },
    run("node", "ip netns add ndmz"),
    run("node", "ip link add name br-ndmz type bridge"),
    run("node", "ip link set dev br-ndmz up"),
    run("node", "ip link add link zos name npub4 netns ndmz type macvlan mode bridge"),
    run("node", "ip link add link zos name npub6 netns ndmz type macvlan mode bridge"),
    run("node", "ip link add link br-ndmz name tonrs netns ndmz type macvlan mode bridge"),
    shell("node", "for i in lo tonrs npub4 npub6; do ip -n ndmz link set dev $i up; done"),
    run("node", "ip -n ndmz addr add 100.127.0.1/16 dev tonrs"),
    shell("node", "for i in $(seq 100); do ip -4 route show default | grep -q via && exit; sleep 0.1; done; exit 1"),
    shell("node", "for i in $(seq 100); do ip -6 route show default | grep -q via && exit; sleep 0.1; done; exit 1"),
  ];
}
