import { describe, expect, test } from "vitest";
import {
  classOf,
  isGlobalIpv6,
  isHostIpv4,
  isLinkLocalIpv4,
  isHostIpv6,
  isRoutableIpv6,
  isUniqueLocal,
} from "../../../src/policy/addresses.ts";
import type { Advert, Lease } from "../../../src/contract.ts";
import { addressesOf } from "../../../src/policy/network.ts";
import { advert, lease } from "./probe-facts.ts";

const classOfProbe = (found: Lease | null, heard: Advert | null) =>
  classOf(addressesOf({ lease: found, advert: heard }));

describe("the class of an IPv4 gateway", () => {
  test.each([
    ["9.255.255.255", "public4"],
    ["10.0.0.0", "private"],
    ["10.255.255.255", "private"],
    ["11.0.0.0", "public4"],
    ["172.15.255.255", "public4"],
    ["172.16.0.0", "private"],
    ["172.31.255.255", "private"],
    ["172.32.0.0", "public4"],
    ["192.167.255.255", "public4"],
    ["192.168.0.0", "private"],
    ["192.168.255.255", "private"],
    ["192.169.0.0", "public4"],
    ["100.63.255.255", "public4"],
    ["100.64.0.0", "shared"],
    ["100.127.255.255", "shared"],
    ["100.128.0.0", "public4"],
    ["169.253.255.255", "public4"],
    ["169.254.0.0", null],
    ["169.254.255.255", null],
    ["169.255.0.0", "public4"],
    ["0.0.0.0", null],
    ["127.0.0.1", null],
    ["224.0.0.1", null],
    ["255.255.255.255", null],
    ["10.0.0", null],
    ["010.0.0.1", null],
    ["0x0a000001", null],
    ["10.0.0.1/24", null],
    ["fe80::1", null],
    ["", null],
  ])("%s is %s", (gateway, expected) => {
    expect(classOfProbe(lease(gateway), null)).toBe(expected);
  });
});

describe("the class of a router's network", () => {
  test.each([
    ["fc00::1", "private"],
    ["fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "private"],
    ["fbff::1", null],
    ["fe00::1", null],
    ["2000::1", "public6"],
    ["3fff:ffff::1", "public6"],
    ["1fff::1", null],
    ["4000::1", null],
    ["fe80::1", null],
    ["::1", null],
    ["ff02::1", null],
    ["::ffff:10.0.0.1", null],
  ])("with address %s it is %s", (address, expected) => {
    expect(classOfProbe(null, advert([address]))).toBe(expected);
  });

  test("a unique local address among global ones makes it private", () => {
    expect(classOfProbe(null, advert(["2001:db8::2", "fd00::2"]))).toBe("private");
  });

  test("without a default router it is none, whatever its addresses", () => {
    expect(classOfProbe(null, advert(["fd00::2", "2001:db8::2"], { routers: [] }))).toBeNull();
  });

  test("a router whose prefixes give no address is none", () => {
    expect(classOfProbe(null, advert([]))).toBeNull();
  });
});

describe("the class of a NIC", () => {
  test("is that of its best gateway, of either family", () => {
    expect(classOfProbe(lease("203.0.113.1"), advert(["fd00::2"]))).toBe("private");
    expect(classOfProbe(lease("100.64.0.1"), advert(["2001:db8::2"]))).toBe("shared");
    expect(classOfProbe(lease("203.0.113.1"), advert(["2001:db8::2"]))).toBe("public4");
    expect(classOfProbe(lease(null, { gateways: ["203.0.113.1", "192.168.1.1"] }), null)).toBe("private");
  });

  test("is none without any gateway", () => {
    expect(classOfProbe(null, null)).toBeNull();
    expect(classOfProbe(lease(null), null)).toBeNull();
    expect(classOfProbe(lease("169.254.0.1"), null)).toBeNull();
  });

  test("is public where a hoster's gateway is link-local and the address alone in its network", () => {
    expect(classOfProbe(lease("169.254.0.1", { address: "203.0.113.9", prefixLength: 32 }), null)).toBe("public4");
  });

  test("does not depend on the address that the lease holds", () => {
    expect(classOfProbe(lease("203.0.113.1", { address: "192.168.1.9" }), null)).toBe("public4");
    expect(classOfProbe(lease("192.168.1.1", { address: "203.0.113.9" }), null)).toBe("private");
  });
});

test("addresses that a lease or an interface shows with a prefix length are told apart as well", () => {
  expect(isRoutableIpv6("2001:db8::2/64")).toBe(true);
  expect(isRoutableIpv6("fd00::2/64")).toBe(true);
  expect(isRoutableIpv6("fe80::2/64")).toBe(false);
});

test("text that is no address belongs to no range, and nothing is thrown", () => {
  for (const text of ["", "eth0", "10.0.0.1", "1.2.3.4.5", "::g", "10.0.0.256", "\n"]) {
    expect(isGlobalIpv6(text)).toBe(false);
    expect(isUniqueLocal(text)).toBe(false);
  }
  for (const text of ["", "eth0", "::1", "1.2.3.4.5", "1.2.3", "10.0.0.256", " 10.0.0.1", "10.0.0.1\n"]) {
    expect(isHostIpv4(text)).toBe(false);
    expect(isLinkLocalIpv4(text)).toBe(false);
  }
});

test("a target may have an address of a NAT64, which an interface has not", () => {
  for (const address of ["64:ff9b::c633:640a", "64:ff9b:1::c633:640a"]) {
    expect(isHostIpv6(address)).toBe(true);
    expect(isRoutableIpv6(address)).toBe(false);
  }
  expect(isHostIpv6("fe80::2")).toBe(false);
});
