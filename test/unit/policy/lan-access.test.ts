import { expect, test } from "vitest";
import { isLanOther, isPrefix, outwardRules } from "../../../src/policy/lan-access.ts";

test("what is not the Internet is dropped, also where a NAT64 would lead there", () => {
  const { outward } = outwardRules({ lanAccess: "drop", lanExceptions: [] });
  const dropped = outward.filter((rule) => rule.endsWith(" drop")).join("\n");
  for (const prefix of ["192.168.0.0/16", "100.64.0.0/10", "64:ff9b::c0a8:0/112", "64:ff9b::6440:0/106"])
    expect(dropped).toContain(prefix);
  expect(dropped).not.toContain("203.0.113");
  expect(dropped).toContain("ip6 daddr != { 2000::/3, 64:ff9b::/96 } counter name nearby drop");
});

test("no connection is accepted whose next hop could not be noted", () => {
  const { outward, beyond } = outwardRules({ lanAccess: "drop", lanExceptions: [] });
  expect(outward.filter((rule) => rule.endsWith("accept"))).toEqual([]);
  expect(outward.filter((rule) => rule.endsWith("goto beyond"))).toEqual([
    expect.stringContaining("update @nexthops4"),
    expect.stringContaining("update @nexthops6"),
  ]);
  expect(beyond.at(-1)).toBe("accept");
});

test("exceptions come before all that drops", () => {
  const { outward } = outwardRules({
    lanAccess: "drop",
    lanExceptions: ["192.168.1.53/32", "2001:db8::/64", "10.0.0.0/8"],
  });
  expect(outward.slice(0, 2)).toEqual([
    "ip daddr { 192.168.1.53/32, 10.0.0.0/8 } accept",
    "ip6 daddr { 2001:db8::/64 } accept",
  ]);
});

test("a farmer may open the LAN to resources", () => {
  expect(outwardRules({ lanAccess: "allow", lanExceptions: [] }).outward).toEqual(["accept"]);
});

test("rules are other ones when access or an exception is", () => {
  const lan = { lanAccess: "drop", lanExceptions: ["10.0.0.0/8"] } as const;
  expect(isLanOther({ ...lan, lanExceptions: ["10.0.0.0/8"] }, { ...lan, lanExceptions: ["10.0.0.0/8"] })).toBe(false);
  expect(isLanOther({ ...lan, lanExceptions: [] }, { ...lan, lanExceptions: ["10.0.0.0/8"] })).toBe(true);
  expect(isLanOther({ lanAccess: "allow", lanExceptions: [] }, { lanAccess: "drop", lanExceptions: [] })).toBe(true);
});

test.each([
  ["192.168.1.0/24", true],
  ["fd00:1::/64", true],
  ["192.168.1.1", false],
  ["192.168/16", false],
  ["10.0.0.0/33", false],
  ["10.0.0.0/8; accept", false],
])("%s is a prefix: %s", (text, isOne) => {
  expect(isPrefix(text)).toBe(isOne);
});
