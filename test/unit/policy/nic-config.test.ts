import { expect, test } from "vitest";
import { asInUse, factsOf, useOf } from "../../../src/policy/in-use.ts";
import {
  clearLines,
  isAutoconfigured,
  lastingOf,
  missingAddresses,
  missingRoutes,
  type NicAddress,
  type NicConfig,
  type NicRoute,
  routesOf,
} from "../../../src/policy/nic-config.ts";

const forever = 4_294_967_295;
const nothing: NicConfig = { addresses: [], routes: [] };
const address4: NicAddress = { family: "inet", local: "192.0.2.5", prefixlen: 24, scope: "global", label: "eth0" };
const slaac: NicAddress = {
  ...{ family: "inet6", local: "2001:db8::5", prefixlen: 64, scope: "global", dynamic: true, mngtmpaddr: true },
  ...{ valid_life_time: 3_600, preferred_life_time: 1_800 },
};
const linkLocal: NicAddress = { family: "inet6", local: "fe80::5", prefixlen: 64, scope: "link" };
const default4: NicRoute = { dst: "default", gateway: "192.0.2.1", dev: "eth0", table: "main", protocol: "boot" };
const advertised: NicRoute = { dst: "default", gateway: "fe80::1", dev: "eth0", protocol: "ra", pref: "medium" };

test("routes of a NIC are those that somebody set, also those that share their way with another NIC", () => {
  const shared = { dst: "198.18.0.0/15", nexthops: [{ gateway: "192.0.2.1", dev: "eth0" }, { dev: "eth1" }] };
  const kernels = { dst: "192.0.2.0/24", dev: "eth0", protocol: "kernel" };
  expect(routesOf("eth0", [default4, kernels, shared, { dst: "10.0.0.0/8", dev: "eth1" }])).toEqual([default4, shared]);
});

test("what the kernel autoconfigures comes again by itself, and what has run out does not come again", () => {
  const config = {
    addresses: [{ ...address4, valid_life_time: 60, preferred_life_time: 30 }, slaac],
    routes: [advertised],
  };
  expect(lastingOf(config, { isByKernel: true, passedS: 40 })).toEqual({
    addresses: [{ ...address4, valid_life_time: 20, preferred_life_time: 0 }],
    routes: [],
  });
  const byOthers = lastingOf(config, { isByKernel: false, passedS: 60 });
  expect(byOthers.addresses.map(({ local }) => local)).toEqual([slaac.local]);
  expect(byOthers.routes).toEqual([advertised]);
});

test("the kernel autoconfigures a link that takes part in IPv6, unless it forwards or is told not to", () => {
  const of = (acceptRa: number, forwarding: number, disableIpv6 = 0) =>
    isAutoconfigured("eth0", {
      "net/ipv6/conf/eth0/accept_ra": acceptRa,
      "net/ipv6/conf/eth0/forwarding": forwarding,
      "net/ipv6/conf/eth0/disable_ipv6": disableIpv6,
    });
  expect([of(1, 0), of(1, 1), of(2, 1), of(0, 0), of(1, 0, 1)]).toEqual([true, false, true, false, false]);
});

test("addresses are added with all that they had, and only those that are not there", () => {
  const peer: NicAddress = {
    ...{ family: "inet", local: "10.0.0.1", address: "10.0.0.2", prefixlen: 32, scope: "link", label: "eth0:p" },
    ...{ metric: 7, noprefixroute: true, valid_life_time: 60, preferred_life_time: forever },
  };
  const wanted = { addresses: [address4, peer], routes: [] };
  expect(missingAddresses("eth0", wanted, { addresses: [address4], routes: [] })).toEqual([
    "addr add 10.0.0.1 peer 10.0.0.2/32 scope link label eth0:p metric 7 noprefixroute dev eth0 valid_lft 60 preferred_lft forever",
  ]);
  expect(missingAddresses("eth0", wanted, wanted)).toEqual([]);
});

test("routes come in an order in which gateways can be reached, each with all that it had", () => {
  const onLink: NicRoute = { type: "unicast", dst: "192.0.2.1", dev: "eth0", table: "77", scope: "link", metric: 5 };
  const through6: NicRoute = {
    ...{ dst: "2001:db8:9::/48", gateway: "fe80::1", dev: "eth0", metric: 1024, metrics: [{ mtu: 1300 }] },
    ...{ protocol: "static", pref: "medium", expires: 90, flags: ["onlink"] },
  };
  const wanted = { addresses: [], routes: [default4, through6, onLink] };
  expect(missingRoutes(wanted, nothing)).toEqual([
    "route append unicast 192.0.2.1 dev eth0 table 77 scope link metric 5",
    "route append unicast 0.0.0.0/0 via 192.0.2.1 dev eth0 table main proto boot",
    "route add unicast 2001:db8:9::/48 via fe80::1 dev eth0 onlink proto static metric 1024 mtu 1300 pref medium expires 90",
  ]);
  expect(missingRoutes(wanted, { addresses: [], routes: [default4, { ...through6, expires: 3 }, onLink] })).toEqual([]);
});

test("only what is there is cleared", () => {
  expect(clearLines("eth0", { addresses: [slaac, linkLocal], routes: [advertised] })).toEqual([]);
  expect(clearLines("eth0", { addresses: [address4], routes: [default4] })).toEqual([
    "addr flush dev eth0",
    "route flush table all dev eth0",
  ]);
});

test("a NIC is in use by its addresses, routes and links above it, not by its own link-local address", () => {
  expect(useOf({ addresses: [linkLocal], routes: [], linksAbove: [] })).toBeNull();
  expect(useOf({ addresses: [address4, linkLocal], routes: [default4], linksAbove: ["eth0.7"] })).toBe(
    "192.0.2.5/24, 1 route, eth0.7 above it",
  );
});

test("a NIC in use is told as a probe would tell it, but for what could not be tried", () => {
  const nic = { name: "eth0", mac: "02:00:00:00:00:01", mtuBytes: 1_500 };
  const proof4 = { gatewayAnswers: true, reached: "192.0.2.80:80", hindrance: null, provenAtMs: 1 };
  const config = { addresses: [address4, slaac, linkLocal], routes: [default4, advertised], hasCarrier: true };
  expect(factsOf(nic, config, { v4: proof4, v6: null })).toMatchObject({
    lease: { address: "192.0.2.5", prefixLength: 24, gateways: ["192.0.2.1"] },
    advert: { routers: ["fe80::1"], addresses: ["2001:db8::5/64"] },
    ...{ proof4, proof6: null, pending: ["v6"] },
  });
  const unusable = { nic: "eth0", verdict: "unusable" as const, reason: "carrier, but no DHCP offer" };
  expect(asInUse(unusable, "10.0.0.1/8").reason).toBe(
    "no default gateway stands on it; in use, so not probed (--disruptive does): 10.0.0.1/8",
  );
});
