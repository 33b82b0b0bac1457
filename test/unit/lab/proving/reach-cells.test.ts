import { expect, test } from "vitest";
import { cellsOf, type Shown } from "../../../../src/lab/proving/reach-cells.ts";
import { keyOf, portBetween, type Stand } from "../../../../src/lab/proving/stands.ts";
import { type Destination, kinds } from "../../../../src/policy/reach-matrix.ts";

const stand = (name: string, source: Stand["source"]): Stand => ({
  name,
  source,
  run: () => Promise.resolve(""),
  start: () => Promise.reject(new Error("nothing is started")),
});
const stands = [stand("nr1", "resource"), stand("internet", "stranger")];
const [resource = stand("", null)] = stands;

/** What is shown of a resource that tries somebody over IPv4. */
function shown(to: Destination, isAnswered: boolean, more: Partial<Shown> = {}) {
  const [port, address] = [portBetween(stands, resource, to), "192.0.2.7"];
  const keys = new Set(kinds.map((kind) => keyOf("v4", kind, port)));
  const all: Shown = {
    phase: "before",
    lan: { lanAccess: "drop" },
    stands,
    tried: new Map([[resource, [{ to, family: "v4", address }]]]),
    answers: new Map([[resource, [{ address, port, tcp: isAnswered, udp: isAnswered, icmp: isAnswered }]]]),
    delivered: isAnswered ? keys : new Set(),
    coming: keys,
    ...more,
  };
  return cellsOf(all).find((cell) => cell.row === "resource");
}

test("what is dropped is shown by its coming to ndmz and arriving nowhere", () => {
  expect(shown("lan", false)).toMatchObject({ expected: "dropped", through: [], isAsPromised: true });
  expect(shown("lan", false, { coming: new Set() })?.isAsPromised).toBe(false);
});

test("what arrives though it should be dropped is not as promised, also without an answer, and during a mend", () => {
  const delivered = new Set([keyOf("v4", "udp", portBetween(stands, resource, "lan"))]);
  const arrived = { seen: { tcp: "nothing", udp: "arrived", icmp: "nothing" }, isAsPromised: false };
  expect(shown("lan", false, { delivered })).toMatchObject(arrived);
  expect(shown("lan", false, { delivered, answers: null })).toMatchObject(arrived);
});

test("what is allowed must be answered, and may be lost only while something is mended", () => {
  expect(shown("internet", true)).toMatchObject({ expected: "allowed", isAsPromised: true });
  expect(shown("internet", false)?.isAsPromised).toBe(false);
  expect(shown("internet", false, { answers: null })?.isAsPromised).toBe(true);
});

test("of what is named no more than that gets through", () => {
  expect(shown("ndmz", true)).toMatchObject({ expected: "named", through: ["icmp"], isAsPromised: false });
});
