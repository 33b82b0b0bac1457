import { expect, test } from "vitest";
import { askingRules } from "../../../src/policy/address-question.ts";

test("requests for the address alone are made in nobody's name, by that link", () => {
  const rules = askingRules("eth0", "192.0.2.9");
  expect(rules).toContain('device "eth0"');
  expect(rules).toContain("arp operation request arp daddr ip 192.0.2.9 arp saddr ip set 0.0.0.0");
});

test("a link whose name is no plain word is refused", () => {
  expect(() => askingRules('eth0"; drop', "192.0.2.9")).toThrow("link name");
});
