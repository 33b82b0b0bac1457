import { expect, test } from "vitest";
import { isBoundBy, portRules, unboundRules } from "../../../src/policy/port-rules.ts";

const rules = portRules(["nr-2", "nr-65534"]);

test("each port is bound to the hardware address and the addresses of its own resource", () => {
  expect(rules).toContain('"nr-2" . 02:7a:6f:72:00:02 . 100.127.0.2, "nr-65534" . 02:7a:6f:72:ff:fe . 100.127.255.254');
  expect(rules).toContain('"nr-2" . 02:7a:6f:72:00:02 . 02:7a:6f:72:00:02 . 100.127.0.2');
  expect(rules).toContain('"nr-2" . 02:7a:6f:72:00:02 . fd00::2, "nr-2" . 02:7a:6f:72:00:02 . fe80::7a:6fff:fe72:2');
  expect(rules).toContain('"nr-65534" . 0xfd000000000000000000000000ff00fe');
});

test("replaces tables of our own alone, in one transaction", () => {
  expect(rules.startsWith(unboundRules)).toBe(true);
  expect(rules).not.toContain("flush");
  expect([...rules.matchAll(/^(?:delete )?table (.*?)(?: \{)?$/gm)].map(([, table]) => table)).toEqual([
    ...["bridge zos-boot", "bridge zos-boot", "inet zos-boot", "inet zos-boot"],
    ...["bridge zos-boot", "inet zos-boot"],
  ]);
});

test("without ports nothing is let through from any", () => {
  expect(portRules([])).not.toContain("elements");
  expect(portRules([])).toContain("counter name forged drop\n  }\n  chain prerouting");
});

test("a port that attach cannot have made is nobody's, and none that rules could lack", () => {
  expect(portRules(["nr-1", "nr-65535", "nr-007"])).toBe(portRules([]));
  expect(isBoundBy(rules, "nr-70000")).toBe(true);
});

test("rules bind the ports that they were made for, and no others", () => {
  expect(isBoundBy(rules, "nr-2")).toBe(true);
  expect(isBoundBy(rules, "nr-65")).toBe(false);
});
