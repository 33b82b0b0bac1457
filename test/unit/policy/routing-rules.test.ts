import { describe, expect, test } from "vitest";
import { amissInRoutingRules, ndmzRules, ruleChanges } from "../../../src/policy/routing-rules.ts";

/** As the kernel makes a namespace. */
const original = [
  { priority: 0, table: "local" },
  { priority: 32_766, table: "main" },
];

describe("routing rules of ndmz", () => {
  test("come before the kernel's own, which goes last", () => {
    expect(ruleChanges("v4", original)).toEqual([
      "rule add pref 100 iif npub4 ipproto 6 fwmark 0/0xffffffff blackhole",
      "rule add pref 200 lookup local",
      "rule add pref 300 iif tonrs fwmark 0/0xffffffff blackhole",
      "rule del pref 0 lookup local",
    ]);
  });

  test.each(["v4", "v6"] as const)("of %s are left alone where they are right, beside others", (family) => {
    const found = [...ndmzRules[family], { priority: 32_767, table: "default" }];
    expect(ruleChanges(family, found)).toEqual([]);
    expect(amissInRoutingRules(family, found)).toEqual([]);
  });

  test.each(["tcp", "6", "ipproto-6"])("are known where ip(8) calls TCP %s", (ipproto) => {
    const found = ndmzRules.v4.map((rule) => (rule.ipproto === undefined ? rule : { ...rule, ipproto }));
    expect(ruleChanges("v4", found)).toEqual([]);
  });

  test("that were flushed come back", () => {
    expect(ruleChanges("v6", [])).toHaveLength(ndmzRules.v6.length);
    expect(amissInRoutingRules("v6", [])).toHaveLength(1);
  });
});
