import fc from "fast-check";
import { expect, test } from "vitest";
import { changesBetween, withChanges } from "../../../../src/inspect/recording/changes.ts";
import type { Json } from "../../../../src/inspect/recording/records.ts";

/** Keys with dots, empty ones and those of JavaScript's own too; -0 is 0 in JSON. */
const key = fc.oneof(fc.constantFrom("a", "b", "0", "a.b", "", "__proto__", "constructor"), fc.string());
const value = fc
  .letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      fc.constantFrom(null, true, false, 0, 1, "", "x"),
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(key, tie("value"), { maxKeys: 3 }),
    ),
  }))
  .value.map((each) => JSON.parse(JSON.stringify(each)) as Json);

test("applied to the old value, the changes give the new one", () => {
  fc.assert(
    fc.property(value, value, (before, after) => {
      expect(withChanges(before, changesBetween(before, after))).toEqual(after);
    }),
  );
});

test("a value that is the same has no changes", () => {
  fc.assert(
    fc.property(value, (each) => {
      expect(changesBetween(each, structuredClone(each))).toEqual({});
    }),
  );
});

test("what is told is as small as paths can say it", () => {
  const before = {
    probes: [
      { nic: "eth0", lease: null },
      { nic: "eth1", lease: null },
    ],
    attempts: 0,
    held: ["eth0"],
  };
  const after = { probes: [{ nic: "eth0", lease: { address: "10.0.0.2" } }, before.probes[1]], attempts: 0, held: [] };
  expect(changesBetween(before, after as Json)).toEqual({ "probes.0.lease": { address: "10.0.0.2" }, held: [] });
});

test("objects that are the same object are not looked into", () => {
  const large = new Proxy({}, { ownKeys: () => expect.fail("it was looked into") });
  expect(changesBetween({ large, count: 1 }, { large, count: 2 })).toEqual({ count: 2 });
});

test.each(["9", "-1", "x", "length", "4294967296.a", "__proto__"])(
  "what a list does not have does not change: %s",
  (path) => {
    expect(withChanges(["a", "b"], { [path]: "c" })).toEqual(["a", "b"]);
  },
);
