import { expect, test } from "vitest";
import { choose } from "../../../src/policy/choice.ts";
import { hasProvenExit } from "../../../src/policy/other-exit.ts";
import { freeChoice } from "../../../src/policy/selection.ts";
import { good, good6 } from "./probe-facts.ts";

const choice = choose([good("eth0")], freeChoice);

test("another NIC is an exit when it was proven to lead out by IPv6", () => {
  expect(hasProvenExit(choice, [good6("eth1")], freeChoice)).toBe(true);
});

test("another NIC is none without IPv6, with IPv6 that leads nowhere, or where the exit is pinned to the uplink", () => {
  expect(hasProvenExit(choice, [good("eth1")], freeChoice)).toBe(false);
  expect(hasProvenExit(choice, [{ ...good6("eth1"), proof6: null }], freeChoice)).toBe(false);
  expect(hasProvenExit(choice, [good6("eth1")], { ...freeChoice, exit: "eth0" })).toBe(false);
});
