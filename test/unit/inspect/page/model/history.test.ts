import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  append,
  contextAt,
  emptyHistory,
  latest,
  lifeAt,
  limits,
  momentAt,
  momentOf,
  moveAt,
  statusAt,
} from "../../../../../src/inspect/page/model/history.ts";
import { recordOf } from "../../../../../src/inspect/page/model/parse-record.ts";
import { begins, changing, ends, historyOf, moves, runs, start } from "./records.ts";

describe("a message of the stream", () => {
  test("is read when it is a record", () => {
    const record = moves(3, "boot", ["boot.recover"]);
    expect(recordOf(JSON.stringify(record))).toEqual(record);
  });

  test.each([
    "",
    "null",
    "[]",
    "3",
    '"start"',
    "{}",
    '{"type":"weather","atMs":3}',
    '{"type":"toString","atMs":3}',
    '{"type":"end"}',
    '{"type":"transition","atMs":3,"actor":"boot"}',
    '{"type":"command","atMs":3,"ms":1,"argv":"ip link"}',
    '{"type":"end","atMs":3',
  ])("is left out when it is none that this page knows: %s", (text) => {
    expect(recordOf(text)).toBeNull();
  });
});

describe("history", () => {
  test("knows where an actor was at any moment", () => {
    const history = historyOf([
      start,
      begins(10, "boot", "boot"),
      moves(10, "boot", ["boot.recover"]),
      runs(11, 4, "boot/recover"),
      moves(20, "boot", ["boot.internet"]),
      ends(30, "boot"),
    ]);
    const stateAt = (seq: number) => {
      const life = lifeAt(history, "boot", momentOf(history, seq));
      return life && [moveAt(life, momentOf(history, seq))?.record.state, statusAt(life, momentOf(history, seq))];
    };
    expect(stateAt(0)).toBeNull();
    expect(stateAt(1)).toEqual([undefined, "active"]);
    expect(stateAt(3)).toEqual([["boot.recover"], "active"]);
    expect(stateAt(4)).toEqual([["boot.internet"], "active"]);
    expect(stateAt(5)).toEqual([["boot.internet"], "done"]);
  });

  test("tells lives at the same path apart, and takes the one before for ended", () => {
    const history = historyOf([start, begins(1, "a", "boot"), moves(1, "a", ["boot.x"]), begins(9, "a", "boot")]);
    const [first, second] = history.lives.get("a") ?? [];
    expect(first).toMatchObject({ startedMs: 1, endedMs: 9, endStatus: "stopped" });
    expect(lifeAt(history, "a", momentOf(history, 2))).toBe(first);
    expect(lifeAt(history, "a", latest(history))).toBe(second);
  });

  test("begins anew with another start", () => {
    const history = historyOf([start, begins(1, "boot", "boot"), { ...start, hostname: "other" }]);
    expect(history.lives.size).toBe(0);
    expect(history.entries).toHaveLength(1);
    expect(history.start?.hostname).toBe("other");
  });

  test("puts a command where it was told, when it had ended", () => {
    const history = historyOf([start, moves(40, "a", []), runs(10, 50, "a"), runs(10, 5, "a"), moves(70, "a", [])]);
    expect(history.entries.map(({ toldMs }) => toldMs)).toEqual([5, 40, 60, 60, 70]);
  });

  test("finds for each time the last entry that had been told by then", () => {
    const times = fc
      .array(fc.nat(1_000), { minLength: 1, maxLength: 60 })
      .map((list) => list.toSorted((a, b) => a - b));
    fc.assert(
      fc.property(times, fc.nat(1_100), (list, atMs) => {
        const history = historyOf(list.map((each) => moves(each, "a", [])));
        expect(momentAt(history, atMs).seq).toBe(list.filter((each) => each <= atMs).length - 1);
      }),
    );
  });

  test("gives the context at any moment, whatever was asked before", () => {
    const changes = fc.array(fc.record({ key: fc.constantFrom("a", "b"), value: fc.nat() }), {
      minLength: 1,
      maxLength: 300,
    });
    fc.assert(
      fc.property(changes, fc.array(fc.nat(300), { minLength: 1, maxLength: 5 }), (list, asked) => {
        const history = historyOf([
          begins(0, "boot", "boot"),
          ...list.map(({ key, value }, index) => changing({ [key]: value }, moves(index, "boot", []))),
        ]);
        const life = lifeAt(history, "boot", latest(history));
        for (const each of asked) {
          const count = Math.min(each, list.length);
          const wanted = Object.fromEntries(list.slice(0, count).map(({ key, value }) => [key, value]));
          expect(life && contextAt(life, momentOf(history, count))).toEqual(count === 0 ? null : wanted);
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe("a long history", () => {
  const bounds = { ...limits, entries: 300, first: 50, dropped: 100 };

  function longHistory(count: number) {
    const history = emptyHistory();
    append(history, begins(0, "boot", "boot"));
    for (let index = 1; index <= count; index++) {
      if (index % 10 === 0) append(history, begins(index, `boot/effect${index}`, null), bounds);
      if (index % 10 === 5) append(history, ends(index, `boot/effect${index - 5}`), bounds);
      append(
        history,
        changing({ [`key${index % 7}`]: index, last: index }, moves(index, "boot", [`boot.s${index}`])),
        bounds,
      );
    }
    return history;
  }

  test("keeps its beginning and its end, and no more than it may", () => {
    const history = longHistory(5_000);
    expect(history.entries.length).toBeLessThanOrEqual(bounds.entries);
    expect(history.entries.slice(0, 50).map(({ seq }) => seq)).toEqual(Array.from({ length: 50 }, (_, seq) => seq));
    expect(history.entries.at(-1)?.seq).toBe(history.nextSeq - 1);
    expect(history.omitted).toBe(history.nextSeq - history.entries.length);
    expect(history.lives.size).toBeLessThan(100);
  });

  test("still knows where actors are, and their whole context", () => {
    const history = longHistory(5_000);
    const life = lifeAt(history, "boot", latest(history));
    const wanted = Object.fromEntries(
      Array.from({ length: 7 }, (_, index) => [`key${(4_994 + index) % 7}`, 4_994 + index]),
    );
    expect(life && moveAt(life, latest(history))?.record.state).toEqual(["boot.s5000"]);
    expect(life && contextAt(life, latest(history))).toEqual({ ...wanted, last: 5_000 });
    expect(life && moveAt(life, momentOf(history, 20))?.record.state[0]).toMatch(/^boot\.s1\d$/);
    expect(life?.moves.length).toBeLessThanOrEqual(bounds.entries);
  });
});
