import { expect, test } from "vitest";
import { withKnown } from "../../../src/os/resolve.ts";

const before = { v4: ["192.0.2.1"], v6: ["2001:db8::1"] };

test("a family in which a name is not answered for has the addresses that it had before, and the other has those of now", () => {
  expect(withKnown({ v4: ["192.0.2.9"], v6: [] }, before)).toEqual({ v4: ["192.0.2.9"], v6: ["2001:db8::1"] });
  expect(withKnown({ v4: [], v6: [] }, before)).toEqual(before);
  expect(withKnown({ v4: [], v6: ["2001:db8::9"] }, undefined)).toEqual({ v4: [], v6: ["2001:db8::9"] });
});
