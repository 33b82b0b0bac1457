import { describe, expect, test } from "vitest";
import {
  advertisementsIn,
  hasSeveralProviders,
  leaderOf,
  leaveRouters,
  planSourcedRoutes,
  providersText,
  routersKnown,
  sourcedRouters,
} from "../../../src/policy/sourced-routes.ts";

const link = "npub6";
const facts = {
  ...{ ipv4: [], gateways4: [] },
  ipv6: ["2001:db8:1::9/64", "fd00:1::9/64", "2001:db8:2::9/64"],
  gateways6: ["fe80::1", "fe80::2"],
};
const first = { router: "fe80::1", source: "2001:db8:1::9", prefixes: ["2001:db8:1::/64", "fd00:1::/64"] };
const second = { router: "fe80::2", source: "2001:db8:2::9", prefixes: ["2001:db8:2::/64"] };

const said = `Soliciting ff02::2 (ff02::2) on zos...

Hop limit                 :           64 (      0x40)
Router lifetime           :         1800 (0x00000708) seconds
 Source link-layer address: 0E:12:00:80:A2:21
 Prefix                   : 2001:db8:1::/64
  On-link                 :          Yes
  Autonomous address conf.:          Yes
  Valid time              :        86400 (0x00015180) seconds
 Prefix                   : fd00:1::/64
 Recursive DNS server     : fe80::1
 from fe80::1
Hop limit                 :           64 (      0x40)
 Prefix                   : 2001:db8:2::/64
 Prefix                   : $(reboot)/64
 from fe80::2
 Prefix                   : 2001:db8:3::/64
 from somewhere
`;

describe("what routers advertise", () => {
  test("is told by rdisc6, each router after its prefixes, and anything but addresses is left out", () => {
    expect(advertisementsIn(said)).toEqual([
      { router: "fe80::1", prefixes: first.prefixes },
      { router: "fe80::2", prefixes: second.prefixes },
    ]);
  });

  test("decides which address goes with which default router, a global one before a local one", () => {
    expect(sourcedRouters(advertisementsIn(said), facts)).toEqual([first, second]);
  });

  test("makes no way out of a router without an address of its prefixes", () => {
    const without = { ...facts, ipv6: ["2001:db8:1::9/64"] };
    expect(sourcedRouters(advertisementsIn(said), without).map(({ router }) => router)).toEqual(["fe80::1"]);
  });
});

describe("several providers", () => {
  test("are several routers with addresses of several prefixes", () => {
    expect(hasSeveralProviders(facts)).toBe(true);
    expect(hasSeveralProviders({ ...facts, gateways6: ["fe80::1"] })).toBe(false);
    expect(hasSeveralProviders({ ...facts, ipv6: ["2001:db8:1::9/64", "2001:db8:1::8/64"] })).toBe(false);
  });

  test("are told apart by a text that is empty for one of them", () => {
    expect(providersText({ ...facts, gateways6: ["fe80::1"] })).toBe("");
    expect(providersText(facts)).not.toBe(providersText({ ...facts, ipv6: facts.ipv6.slice(1) }));
    expect(providersText(facts)).toBe(providersText({ ...facts, gateways6: facts.gateways6.toReversed() }));
  });

  test("are led by the router that leads already, else by the one that is preferred", () => {
    const advertised = [
      { gateway: "fe80::1", protocol: "ra", pref: "medium" },
      { gateway: "fe80::2", protocol: "ra", pref: "high" },
    ];
    expect(leaderOf(advertised)).toBe("fe80::2");
    expect(leaderOf([...advertised, { gateway: "fe80::1", protocol: "155", pref: "medium" }])).toBe("fe80::1");
  });
});

/** What is there after lines of a plan. */
function after(lines: readonly string[]) {
  const routes = lines.flatMap((line) => {
    const [, from, gateway, prefsrc] =
      /^route add default (?:from (\S+) )?via (\S+) dev npub6 (?:src (\S+) )?proto 155/.exec(line) ?? [];
    return gateway === undefined ? [] : [{ gateway, protocol: "155", from, prefsrc }];
  });
  const labels = lines.flatMap((line) => {
    const [, address = "", label = ""] = /^addrlabel add prefix (\S+)\/64 dev npub6 label (\d+)$/.exec(line) ?? [];
    return address === "" ? [] : [{ address, prefixlen: 64, ifname: link, label: Number(label) }];
  });
  return { link, routes, labels, addresses: facts.ipv6 };
}

const nothing = { link, routes: [], labels: [], addresses: facts.ipv6 };
const all = (plan: ReturnType<typeof planSourcedRoutes>) => [...plan.lead, ...plan.others];

describe("routes by source", () => {
  test("lead new connections through one router with its address, and each prefix through the router that it is from", () => {
    const { lead, others } = planSourcedRoutes([first, second], nothing, false);
    expect(lead).toEqual(["route add default via fe80::1 dev npub6 src 2001:db8:1::9 proto 155 metric 512"]);
    expect(others).toEqual([
      "route add default from 2001:db8:1::/64 via fe80::1 dev npub6 proto 155 metric 512",
      "route add default from fd00:1::/64 via fe80::1 dev npub6 proto 155 metric 512",
      "route add default from 2001:db8:2::/64 via fe80::2 dev npub6 proto 155 metric 512",
    ]);
  });

  test("are made once, and known again", () => {
    const state = after(all(planSourcedRoutes([first, second], nothing, true)));
    expect(all(planSourcedRoutes([first, second], state, true))).toEqual([]);
    expect(routersKnown(state.routes, facts)).toEqual([first, second]);
    expect(routersKnown(state.routes, { ...facts, gateways6: ["fe80::2"] })).toBeNull();
    expect(routersKnown(state.routes, { ...facts, ipv6: [...facts.ipv6, "2001:db8:3::9/64"] })).toBeNull();
    expect(routersKnown([], facts)).toBeNull();
  });

  test("lead elsewhere, where nothing is forwarded in between, nor masqueraded by the address from before", () => {
    const state = after(all(planSourcedRoutes([first, second], nothing, true)));
    const { lead, others } = planSourcedRoutes([second, first], state, true);
    expect(others).toEqual([]);
    expect(lead.at(0)).toMatch(/^route replace blackhole default .* expires 1$/);
    expect(lead.at(-1)).toMatch(/^route del blackhole default /);
    expect(lead).toContain("addr del 2001:db8:1::9/64 dev npub6");
    expect(lead).not.toContain("addr del 2001:db8:2::9/64 dev npub6");
    expect(lead).toContain("addrlabel add prefix 2001:db8:2::/64 dev npub6 label 1");
    expect(lead).toContain("route add default via fe80::2 dev npub6 src 2001:db8:2::9 proto 155 metric 512");
  });

  test("go when there is one provider again", () => {
    const state = after(all(planSourcedRoutes([first, second], nothing, true)));
    const lines = all(planSourcedRoutes([], state, true)).filter((line) => !line.includes("blackhole"));
    expect(lines).toHaveLength(state.routes.length + state.labels.length);
    expect(lines.every((line) => /^(route|addrlabel) del /.test(line))).toBe(true);
  });

  test("through a dead router go, and the addresses that it gave", () => {
    const { routes, addresses } = after(all(planSourcedRoutes([first, second], nothing, false)));
    expect(leaveRouters(["fe80::2"], { link, routes, addresses })).toEqual([
      "addr del 2001:db8:2::9/64 dev npub6",
      "route flush default via fe80::2 dev npub6",
    ]);
  });
});
