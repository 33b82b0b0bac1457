import { describe, expect, test } from "vitest";
import type { LanAccess } from "../../../src/policy/lan-access.ts";
import { isNatInPlace, mostHeld, natRules } from "../../../src/policy/nat-rules.ts";

const byDefault: LanAccess = { lanAccess: "drop", lanExceptions: [] };
const ruleset = natRules(byDefault);

/** Chains of the ruleset's text, each with its rules. */
const chains = new Map(
  [...ruleset.matchAll(/chain (\w+) \{\n([^}]*(?:\{[^}]*\}[^}]*)*)\n {2}\}/g)].map(([, name = "", body = ""]) => [
    name,
    body.split("\n").filter((line) => !line.includes(" hook ")),
  ]),
);

const ruleCounts = Object.fromEntries([...chains].map(([name, rules]) => [name, rules.length]));
const whole = { policies: { postrouting: "accept", forward: "drop", input: "drop" }, ruleCounts };

describe("the ruleset of ndmz", () => {
  test("replaces its own table in one transaction and touches no other", () => {
    expect(ruleset).not.toContain("flush");
    expect(ruleset.match(/^(delete )?table .*$/gm)).toEqual([
      "table inet zos-boot",
      "delete table inet zos-boot",
      "table inet zos-boot {",
    ]);
  });

  test("masquerades towards both outward interfaces only", () => {
    expect(chains.get("postrouting")).toEqual([expect.stringContaining('oifname { "npub4", "npub6" } masquerade')]);
  });

  test("lets nothing in from outside but what belongs to a connection from inside", () => {
    const accepting = chains.get("forward")?.filter((rule) => rule.includes("accept")) ?? [];
    for (const rule of accepting) expect(rule).toMatch(/ct state established,related/);
    expect(chains.get("forward")?.at(-1)).toMatch(/^ +iifname "tonrs" .* goto outward$/);
  });

  test("lets no resource hold more than a part of what the kernel keeps track of", () => {
    expect(natRules(byDefault, 65_536)).toContain("add @held4 { ip saddr ct count over 2048 } counter name held drop");
    expect(mostHeld(65_536) * 2 * 16).toBeLessThanOrEqual(65_536);
    expect(mostHeld(16_777_216)).toBe(4_096);
  });

  test("has the rules that are looked for when it is in place", () => {
    expect(isNatInPlace(byDefault, whole)).toBe(true);
  });
});

describe("NAT is not in place", () => {
  test("without the table", () => {
    expect(isNatInPlace(byDefault, null)).toBe(false);
  });

  test.each(["postrouting", "forward", "input"])("when a rule of chain %s was removed by hand", (chain) => {
    expect(
      isNatInPlace(byDefault, { ...whole, ruleCounts: { ...ruleCounts, [chain]: (ruleCounts[chain] ?? 0) - 1 } }),
    ).toBe(false);
  });

  test.each(["postrouting", "forward", "input"])("when chain %s is gone", (chain) => {
    const { [chain]: _, ...rest } = ruleCounts;
    expect(isNatInPlace(byDefault, { ...whole, ruleCounts: rest })).toBe(false);
  });

  test.each(["forward", "input"])("when chain %s lets everything through", (chain) => {
    expect(isNatInPlace(byDefault, { ...whole, policies: { ...whole.policies, [chain]: "accept" } })).toBe(false);
  });
});
