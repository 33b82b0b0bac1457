import { homeIpv4, homeIpv6, router } from "../layouts/parts.ts";
import { internet } from "../layouts/topology.ts";
import { noSight, pass, pluggedIn, pulled, run, sees, shell, sight, step, told } from "./deeds.ts";
import { soonRenewed } from "../layouts/renewal.ts";
import { dcV6, homeDual, kept, renewedSoon, replaced, scenario } from "./parts.ts";
import type { Scenario } from "./scenario.ts";

const soon = { dnsmasq: soonRenewed };
const homeSoon = renewedSoon(homeDual);

/** The same LAN with other addresses. */
const renumbered4 = {
  ...homeIpv4,
  address: "192.168.77.1/24",
  pool: ["192.168.77.100", "192.168.77.199"] as [string, string],
  gateways: ["192.168.77.1"],
};

const otherPool = { ...homeIpv4, pool: ["192.168.1.20", "192.168.1.29"] as [string, string] };
const defaultOfNdmz = "ip -n ndmz -6 route show default";

/** What networks offer, and how that changes: leases, addresses, prefixes, DNS servers. */
export const offerScenarios: readonly Scenario[] = [
  scenario({
    name: "dhcp-server-gone",
    summary: "the DHCP server, which is the router's DNS and advertises it too, is stopped for four renewals",
    layout: homeSoon,
    steps: [
      step("the servers are stopped for 12 s", [{ kind: "servers", segment: "home", are: "stopped" }, pass(12_000)]),
      step("they are started again", [{ kind: "servers", segment: "home", are: "started" }], {
        until: sees(
          sight("zos has its lease", "node", { words: "ip -4 -br address show dev zos", matches: /192\.168\./ }),
          30_000,
        ),
      }),
    ],
    ending: { flows: kept(500), keeps: ["ndmz", "tonrs", "address of zos"], visitsNot: ["probe", "bridge", "ndmz"] },
  }),
  scenario({
    name: "lease-refused",
    summary: "the server forgets its leases and has another pool: it refuses the renewal (NAK)",
    layout: homeSoon,
    steps: [
      step(
        "the server has another pool and no leases",
        [{ kind: "offer", segment: "home", offer: router(otherPool, homeIpv6, soon), forgets: true }],
        {
          until: sees(
            sight("zos has an address of the new pool", "node", addressOf("zos", /192\.168\.1\.2\d\//)),
            30_000,
          ),
        },
      ),
    ],
    ending: { flows: kept(500, ["v6"]), keeps: ["ndmz", "tonrs"], withinMs: 45_000 },
  }),
  scenario({
    name: "lan-renumbered",
    summary: "the LAN has other IPv4 addresses from one moment to the next",
    layout: homeSoon,
    steps: [
      step("the router has another network", [
        { kind: "offer", segment: "home", offer: router(renumbered4, homeIpv6, soon), forgets: true },
      ]),
    ],
    ending: {
      withinMs: 60_000,
      flows: kept(500, ["v6"]),
      keeps: ["ndmz", "tonrs"],
      sights: [
        sight("zos has an address of the new network", "node", addressOf("zos", /192\.168\.77\./)),
        sight("resolv.conf names the new server", "node", {
          words: "cat /etc/resolv.conf",
          matches: /192\.168\.77\.1/,
        }),
      ],
    },
  }),
  scenario({
    name: "dns-changes-at-renewal",
    summary: "a renewed lease names another DNS server",
    layout: homeSoon,
    steps: [
      step("the server names another DNS server", [
        {
          kind: "offer",
          segment: "home",
          offer: router(homeIpv4, homeIpv6, {
            dnsmasq: [...soonRenewed, `dhcp-option=option:dns-server,${internet.dns4}`],
          }),
        },
      ]),
    ],
    ending: {
      flows: kept(500),
      keeps: ["ndmz", "tonrs", "address of zos"],
      sights: [
        sight("resolv.conf names the new server", "node", {
          words: "cat /etc/resolv.conf",
          matches: /198\.51\.100\.53/,
        }),
        noSight("resolv.conf does not name the old one", "node", {
          words: "cat /etc/resolv.conf",
          matches: /192\.168\.1\.1\b/,
        }),
      ],
    },
  }),
  scenario({
    name: "rdnss-changes",
    summary: "router advertisements name another DNS server, where there is no DHCP",
    layout: dcV6,
    families: ["v6"],
    steps: [
      step("the router advertises another DNS server", [
        shell("internet", "ip addr add 2001:db8:ffff::54/128 dev lo nodad"),
        {
          kind: "offer",
          segment: "dc",
          offer: {
            ...router(null, dcV6.segments[0]?.router?.ipv6 ?? null),
            dnsmasq: ["dhcp-option=option6:dns-server,[2001:db8:ffff::54]"],
          },
        },
      ]),
    ],
    ending: {
      withinMs: 45_000,
      flows: kept(1_000, ["v6"]),
      keeps: ["ndmz", "tonrs"],
      sights: [
        sight("resolv.conf names the new server", "node", {
          words: "cat /etc/resolv.conf",
          matches: /2001:db8:ffff::54/,
        }),
      ],
    },
  }),
  scenario({
    name: "router-lifetime-0",
    summary: "the router says that it is none any more (lifetime 0), and after five seconds that it is one again",
    layout: homeDual,
    steps: [
      step(
        "the router advertises lifetime 0",
        [{ kind: "offer", segment: "home", offer: router(homeIpv4, homeIpv6, { dnsmasq: ["ra-param=lan,4,0"] }) }],
        {
          until: sees(
            noSight("ndmz has no IPv6 default route", "node", { words: defaultOfNdmz, matches: /default/ }),
            30_000,
          ),
        },
      ),
      step("the program notices, and that goes on for 5 s", [pass(5_000)], {
        until: told("it does not claim to be well", /degraded|"state":"(?!online)/, 30_000),
      }),
      step(
        "the router advertises itself again",
        [{ kind: "offer", segment: "home", offer: router(homeIpv4, homeIpv6) }],
        {
          isBeginning: true,
        },
      ),
    ],
    ending: {
      withinMs: 60_000,
      mostRecoveredMs: 25_000,
      flows: kept(2_000, ["v4"]),
      keeps: ["ndmz", "tonrs", "address of zos"],
    },
  }),
  scenario({
    name: "prefix-renumbered",
    summary: "the router has another IPv6 prefix and says that the old one is deprecated",
    layout: homeDual,
    steps: [step("the router has another prefix", [{ kind: "prefix", segment: "home", prefix: "2001:db8:77::/64" }])],
    ending: { withinMs: 60_000, flows: kept(500, ["v4"]), keeps: ["ndmz", "tonrs"] },
  }),
  scenario({
    name: "prefix-renumbered-unsaid",
    summary: "the router comes back with another IPv6 prefix and does not know the old one (RFC 8978)",
    layout: homeDual,
    steps: [
      step("the router has another prefix", [
        run("internet", "ip -6 route del 2001:db8:1::/64"),
        { kind: "offer", segment: "home", offer: router(homeIpv4, { ...homeIpv6, prefix: "2001:db8:77::/64" }) },
      ]),
    ],
    ending: { withinMs: 60_000, flows: kept(1_000, ["v4"]), keeps: ["ndmz", "tonrs"] },
  }),
  scenario({
    name: "cable-into-other-network",
    summary: "the cable is out and plugged in again, and the network behind it is another one",
    layout: homeDual,
    steps: [
      step("the cable of eth0 is pulled", [pulled("eth0"), pass(1_000)]),
      step("the router has other networks", [
        run("internet", "ip -6 route del 2001:db8:1::/64"),
        {
          kind: "offer",
          segment: "home",
          offer: router(renumbered4, { ...homeIpv6, prefix: "2001:db8:77::/64" }),
          forgets: true,
        },
      ]),
      step("the cable is plugged in again", [pluggedIn("eth0")], { isBeginning: true }),
    ],
    ending: { withinMs: 60_000, mostRecoveredMs: 15_000, keeps: ["tonrs"], flows: replaced(20_000) },
  }),
];

function addressOf(link: string, matches: RegExp) {
  return { words: `ip -4 addr show dev ${link}`, matches };
}
