import fc from "fast-check";
import { expect, test } from "vitest";
import { withChanges } from "../../../../src/inspect/recording/changes.ts";
import { createHistory, type History } from "../../../../src/inspect/recording/backlog.ts";
import type { Json, StreamRecord } from "../../../../src/inspect/recording/records.ts";

const start: StreamRecord = { type: "start", format: 1, version: "1", hostname: "node", startedAt: "now", atMs: 0 };

/** A record that may follow: of one of a few actors, whose contexts have two parts. */
const record = fc.oneof(
  fc.record({ actor: fc.constantFrom("a", "a/b", "a/c"), kind: fc.constantFrom("actor", "ended", "checked") }),
  fc.record({
    actor: fc.constantFrom("a", "a/b", "a/c"),
    kind: fc.constant("transition"),
    changes: fc.dictionary(fc.constantFrom("x", "y"), fc.integer()),
    state: fc.array(fc.constantFrom("s", "t"), { maxLength: 2 }),
  }),
);

function recordsOf(
  steps: { actor: string; kind: string; changes?: Record<string, number>; state?: string[] }[],
): StreamRecord[] {
  return [
    start,
    ...steps.map(({ actor, kind, changes = {}, state = [] }, index): StreamRecord => {
      const common = { atMs: index + 1, actor };
      if (kind === "actor") return { type: "actor", ...common, parent: null, machine: "m", effect: null };
      if (kind === "ended") return { type: "ended", ...common, status: "done" };
      if (kind === "checked") return { type: "checked", ...common, guards: [] };
      return { type: "transition", ...common, event: "e", taken: [], guards: [], state, changes, status: "active" };
    }),
  ];
}

/** What one who reads it all knows of the actors that live. */
function knownAfter(records: StreamRecord[]): Map<string, { state: string[]; context: Json }> {
  const living = new Map<string, { state: string[]; context: Json }>();
  for (const each of records) {
    if (each.type === "actor") living.set(each.actor, { state: [], context: {} });
    else if (each.type === "ended") living.delete(each.actor);
    else if (each.type === "transition" && living.has(each.actor)) {
      const context = withChanges(living.get(each.actor)?.context ?? {}, each.changes);
      living.set(each.actor, { state: each.state, context });
    }
  }
  return living;
}

function readAll(history: History): StreamRecord[] {
  const lines = [...history.prologue(), ...history.read(history.first, Infinity)];
  return lines.map((line) => JSON.parse(line) as StreamRecord);
}

test("one who comes late knows the same of those that live, however little is kept", () => {
  fc.assert(
    fc.property(fc.array(record, { maxLength: 60 }), fc.integer({ min: 100, max: 5_000 }), (steps, maxChars) => {
      const history = createHistory(maxChars);
      const records = recordsOf(steps);
      for (const each of records) history.add(JSON.stringify(each));
      const known = readAll(history);
      expect(knownAfter(known)).toEqual(knownAfter(records));
      expect(known[0]?.type).toBe("start");
      expect(known.map(({ atMs }) => atMs).at(-1)).toBe(records.at(-1)?.atMs);
    }),
  );
});

test("no more is kept than is allowed, and of what is gone it is said until when", () => {
  const history = createHistory(10_000);
  for (const each of [start, ...recordsOf([{ actor: "a", kind: "actor" }]).slice(1)]) history.add(JSON.stringify(each));
  for (let index = 0; index < 1_000; index++)
    history.add(JSON.stringify({ type: "checked", atMs: index, actor: "a", guards: [] }));
  const kept = history.read(history.first, Infinity);
  expect(kept.join("").length).toBeLessThanOrEqual(10_000);
  expect(kept.length).toBeGreaterThan(150);
  expect(history.next).toBe(1_002);
  const [first] = kept;
  const { historySinceMs } = JSON.parse(history.prologue()[0] ?? "{}") as { historySinceMs: number };
  expect(historySinceMs).toBe((JSON.parse(first ?? "{}") as { atMs: number }).atMs - 1);
});

test("while everything is kept, nothing needs to be told before it", () => {
  const history = createHistory();
  history.add(JSON.stringify(start));
  expect([history.prologue(), history.first, history.next]).toEqual([[], 0, 1]);
});

test("reads about as much at once as is asked for, and always something", () => {
  const history = createHistory();
  for (const line of ["aaaa", "bbbb", "cccc"]) history.add(line);
  expect(history.read(0, 1)).toEqual(["aaaa"]);
  expect(history.read(1, 5)).toEqual(["bbbb", "cccc"]);
  expect(history.read(3, 5)).toEqual([]);
});
