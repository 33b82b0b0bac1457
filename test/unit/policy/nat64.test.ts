import { describe, expect, test } from "vitest";
import { nat64PrefixIn, throughNat64 } from "../../../src/policy/nat64.ts";

/** `lifetime` in seconds, a multiple of 8. */
function option(prefix: string, code: number, lifetime = 1_800): Buffer {
  const head = Buffer.from([38, 2, 0, 0]);
  head.writeUInt16BE(lifetime + code, 2);
  return Buffer.concat([head, Buffer.from(prefix.padEnd(24, "0"), "hex")]);
}

describe("a router's option PREF64", () => {
  test.each([
    ["0064ff9b", 0, "64:ff9b::/96"],
    ["20010db80122034400", 1, "2001:db8:122:344::/64"],
    ["20010db8012203ff", 2, "2001:db8:122:300::/56"],
    ["20010db80122", 3, "2001:db8:122::/48"],
    ["20010db801", 4, "2001:db8:100::/40"],
    ["20010db8", 5, "2001:db8::/32"],
  ])("%s with the length's code %i is %s", (prefix, code, text) => {
    expect(nat64PrefixIn(option(prefix, code))).toBe(text);
  });

  test.each([
    ["a lifetime of 0", option("0064ff9b", 0, 0)],
    ["a code that is reserved", option("0064ff9b", 6)],
    ["too few bytes", option("0064ff9b", 0).subarray(0, 15)],
    ["another length", Buffer.concat([Buffer.from([38, 3]), option("0064ff9b", 0).subarray(2)])],
    ["another type", Buffer.concat([Buffer.from([25, 2]), option("0064ff9b", 0).subarray(2)])],
    ["nothing", Buffer.alloc(0)],
  ])("says nothing with %s", (_, bytes) => {
    expect(nat64PrefixIn(bytes)).toBeNull();
  });
});

// The examples of RFC 6052 section 2.4.
test.each([
  ["2001:db8::/32", "2001:db8:c000:221::"],
  ["2001:db8:100::/40", "2001:db8:1c0:2:21::"],
  ["2001:db8:122::/48", "2001:db8:122:c000:2:2100::"],
  ["2001:db8:122:300::/56", "2001:db8:122:3c0:0:221::"],
  ["2001:db8:122:344::/64", "2001:db8:122:344:c0:2:2100:0"],
  ["2001:db8:122:344::/96", "2001:db8:122:344::c000:221"],
])("192.0.2.33 through %s is %s", (prefix, address) => {
  expect(throughNat64(prefix, "192.0.2.33")).toBe(address);
});
