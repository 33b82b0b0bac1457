import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { allStates } from "../../../../../src/inspect/chart/chart.ts";
import { allCharts } from "../../../../../src/inspect/chart/machines.ts";
import { append, latest, lifeAt, momentOf } from "../../../../../src/inspect/page/model/history.ts";
import { boxesOf, litOf, ownIdOf, shownActor } from "../../../../../src/inspect/page/model/lit.ts";
import { firstView, type Kind, logList } from "../../../../../src/inspect/page/model/log-list.ts";
import { hashOf, selectionOf } from "../../../../../src/inspect/page/model/selected.ts";
import { stepBars } from "../../../../../src/inspect/page/model/step-bars.ts";
import { headlineOf } from "../../../../../src/inspect/page/model/headline.ts";
import { treeRows } from "../../../../../src/inspect/page/model/tree.ts";
import {
  clockWords,
  durationWords,
  entryWords,
  eventWords,
  tickWords,
} from "../../../../../src/inspect/page/model/words.ts";
import { begins, changing, ends, historyOf, moves, runs, start, wholeBoot } from "./records.ts";

describe("what is lit", () => {
  const history = historyOf(wholeBoot());
  const litAt = (seq: number, actor = "boot") => {
    const moment = momentOf(history, seq);
    const life = shownActor(history, actor, moment);
    return life && litOf(history, life, moment);
  };

  test("in the boot's picture are the states of its stages", () => {
    expect(litAt(2)).toMatchObject({ picture: "overview", states: ["boot.recover.attempt"] });
    expect(litAt(8)?.states).toEqual(["boot.internet.selectGateway"]);
    expect(litAt(99)?.states).toEqual(["boot.networkd.online.watching"]);
    expect(litAt(99, "boot/networkd")).toMatchObject({ picture: "networkd", states: ["networkd.online.watching"] });
    expect(litAt(99, "boot/networkd/online")).toMatchObject({ picture: "online", states: ["online.watching"] });
  });

  test("is known by its id in its own machine", () => {
    expect(ownIdOf("boot.networkd.online.watching")).toBe("online.watching");
    expect(ownIdOf("boot.networkd.prove.attempt")).toBe("networkd.prove.attempt");
    expect(ownIdOf("networkd.online")).toBe("networkd.online");
    expect(ownIdOf("boot.recover.attempt")).toBe("boot.recover.attempt");
  });

  test("in a stage's own picture are its own states, also after its end", () => {
    expect(litAt(8, "boot/internet")).toMatchObject({
      picture: "internet",
      states: ["internet.selectGateway"],
      status: "active",
    });
    expect(litAt(99, "boot/internet")).toMatchObject({ states: ["internet.reached"], status: "done" });
  });

  test("is the machine that an effect works for", () => {
    const other = historyOf([...wholeBoot(), begins(150, "boot/networkd/watchNode", null)]);
    expect(shownActor(other, "boot/networkd/watchNode", latest(other))?.actor).toBe("boot/networkd");
    expect(shownActor(other, "boot/nobody", latest(other))).toBeNull();
  });

  test("is the way that led there, not what let everything stay", () => {
    const stays = { ...moves(150, "boot/networkd/online", ["online.watching"]), taken: [] };
    const other = historyOf([...wholeBoot(), stays]);
    const life = lifeAt(other, "boot/networkd/online", latest(other));
    expect(life && litOf(other, life, latest(other)).taken).toEqual([{ seq: 23, ids: ["online.watching e 0"] }]);
  });

  test("is the nearest box that the picture has, and all around it", () => {
    const shown = new Set(["boot", "boot.internet", "boot.internet.probe", "boot.restart"]);
    expect(boxesOf(["boot.internet.probe.watch.open"], shown)).toEqual({
      active: ["boot.internet.probe"],
      around: ["boot.internet", "boot"],
    });
    expect(boxesOf(["boot.internet", "boot.internet.probe.list"], shown).active).toEqual(["boot.internet.probe"]);
    expect(boxesOf(["elsewhere"], shown)).toEqual({ active: [], around: [] });
  });
});

describe("the list of actors", () => {
  const history = historyOf([
    ...wholeBoot(),
    begins(150, "boot/networkd/watchNode", null),
    begins(150, "dhcp-zos", "service"),
    moves(150, "dhcp-zos", ["service.running"]),
  ]);
  const view = { toggled: new Set<string>(), hasEffects: false, filter: "" };
  const names = (changes: Partial<typeof view>, seq = 99) =>
    treeRows(history, momentOf(history, seq), { ...view, ...changes }).map(({ name, level }) => `${level} ${name}`);

  test("has all machines that have begun, those within others below them", () => {
    expect(names({})).toEqual(["1 boot", "2 internet", "2 networkd", "3 online", "1 dhcp-zos"]);
    expect(names({}, 4)).toEqual(["1 boot", "2 internet"]);
  });

  test("has effects on demand", () => {
    expect(names({ hasEffects: true })).toContain("3 watchNode");
  });

  test("folds what is toggled", () => {
    expect(names({ toggled: new Set(["boot"]) })).toEqual(["1 boot", "1 dhcp-zos"]);
  });

  test("shows what fits a filter, with what it is in, folded or not", () => {
    expect(names({ filter: " NETW ", toggled: new Set(["boot"]) })).toEqual(["1 boot", "2 networkd"]);
    expect(names({ filter: "nothing of that name" })).toEqual([]);
  });

  test("tells how each is", () => {
    const rows = treeRows(history, latest(history), view);
    expect(rows.map(({ status, state }) => [status, state])).toEqual([
      ["active", "networkd"],
      ["done", "reached"],
      ["active", "online"],
      ["active", "watching"],
      ["active", "running"],
    ]);
    expect(rows[2]).toMatchObject({ position: 2, siblings: 2, hasChildren: true });
  });
});

describe("the log", () => {
  const history = historyOf([
    ...wholeBoot(),
    begins(150, "boot/networkd/ensureNat", null),
    runs(151, 3, "boot/networkd/ensureNat"),
    ends(155, "boot/networkd/ensureNat", "error"),
    { type: "checked", atMs: 156, actor: "boot/networkd", guards: [{ name: "isExhausted", passed: false }] },
  ]);
  const shown = (changes: object) =>
    logList(null, history.entries, { ...firstView, ...changes }).shown.map(({ record }) => record.type);

  test("has transitions, commands and failures at first", () => {
    expect(new Set(shown({}))).toEqual(new Set(["start", "transition", "command", "ended"]));
    expect(shown({}).filter((type) => type === "ended")).toHaveLength(1);
  });

  test.each<[Kind, string[]]>([
    ["commands", ["start", "command"]],
    ["guards", ["start", "checked"]],
  ])("has only %s when only they are wanted", (kind, types) => {
    expect(shown({ kinds: new Set([kind]) })).toEqual(types);
  });

  test("has one actor and what works for it, not others whose name begins alike", () => {
    const others = historyOf([moves(1, "boot/a", []), moves(2, "boot/a/b", []), moves(3, "boot/ab", [])]);
    expect(logList(null, others.entries, { ...firstView, actor: "boot/a" }).shown.map(({ seq }) => seq)).toEqual([
      0, 1,
    ]);
  });

  test("finds words", () => {
    expect(shown({ text: "IP LINK" })).toEqual(["command"]);
  });

  test("goes on where it was when entries are added, and looks at all of them when anything else changes", () => {
    const growing = historyOf([moves(1, "a", []), moves(2, "a", [])]);
    const first = logList(null, growing.entries, firstView);
    append(growing, moves(3, "a", []));
    const second = logList(first, growing.entries, firstView);
    expect(second.shown).toBe(first.shown);
    expect(second.shown.map(({ seq }) => seq)).toEqual([0, 1, 2]);
    expect(logList(second, growing.entries, { ...firstView, text: "nothing" }).shown).toEqual([]);
    append(growing, start);
    expect(logList(second, growing.entries, firstView).shown.map(({ record }) => record.type)).toEqual(["start"]);
  });
});

describe("words", () => {
  test.each([
    [0.04, "0.0 ms"],
    [9.96, "10 ms"],
    [999.4, "999 ms"],
    [999.6, "1.00 s"],
    [59_990, "59.99 s"],
    [59_996, "1 min 00 s"],
    [3_599_000, "59 min 59 s"],
    [11_220_000, "3 h 07 min"],
  ])("for %d ms are %s", (ms, words) => {
    expect(durationWords(ms)).toBe(words);
  });

  test("of a clock keep milliseconds while they matter", () => {
    expect([0, 2_310, 725_310, 11_225_000].map(clockWords)).toEqual(["0.000", "2.310", "12:05.310", "3:07:05"]);
    expect([0, 200, 1_500, 60_000, 90_000].map(tickWords)).toEqual(["0", "200 ms", "1.5 s", "1 min", "1:30"]);
  });

  test("of an event say what it is without XState's names", () => {
    expect(["", "xstate.init", "xstate.done.actor.ensureBridge", "stop.requested"].map(eventWords)).toEqual([
      "at once",
      "starts",
      "ensureBridge done",
      "stop.requested",
    ]);
  });

  test("of a transition say where it leads", () => {
    expect(entryWords(moves(1, "boot", ["boot.recover.retry"]))).toBe("e → recover.retry");
    expect(entryWords({ ...moves(1, "boot", ["boot.recover"]), taken: [] })).toBe("e");
    expect(entryWords(ends(1, "a", "error"))).toBe("fails: it broke");
  });
});

describe("the page's address", () => {
  test("leads back to what was selected", () => {
    const selections = fc.record({ actor: fc.string({ minLength: 1 }), seq: fc.option(fc.nat(999_999_999)) });
    fc.assert(
      fc.property(selections, (selection) => {
        expect(selectionOf(hashOf(selection))).toEqual(selection);
      }),
    );
  });

  test("that says nothing, or nonsense, leads to the boot as it is now", () => {
    for (const hash of ["", "#", "#at=-1", "#at=1e3", "#at=99999999999"]) {
      expect(selectionOf(hash)).toEqual({ actor: "boot", seq: null });
    }
  });
});

describe("the summary", () => {
  const states = new Map(
    allCharts()
      .flatMap(({ root }) => allStates(root))
      .map((state) => [state.id, state]),
  );
  const at = (records: Parameters<typeof historyOf>[0], atMs: number) => {
    const history = historyOf(records);
    const moment = { ...latest(history), atMs };
    return headlineOf({ history, bars: stepBars(history, moment), states }, moment);
  };
  const uplink = { uplink: { nic: "eth5" }, exit: { exitNic: "eth6" }, verdicts: [] };

  test("says what the boot waits for, in the words of its machines", () => {
    expect(at([start], 8)).toMatchObject({ title: "Starting", tone: "busy" });
    const waiting = at([...wholeBoot(), moves(150, "boot/networkd", ["networkd.waitIpv6.retry"])], 160);
    expect(waiting).toMatchObject({ title: "Waiting for IPv6", tone: "bad" });
    expect(waiting.sentence).toMatch(/^ndmz needs an IPv6 address.*No IPv6 yet/);
  });

  test("says through which NICs the node is online", () => {
    const online = [...wholeBoot(), changing({ choice: uplink }, moves(150, "boot", ["boot.networkd"]))];
    expect(at(online, 160)).toMatchObject({ title: "Online through eth5, workloads through eth6", tone: "good" });
    expect(at(online, 160).sentence).toMatch(/^Workloads reach the Internet.*Everything is in its place/);
    const degraded = [...wholeBoot(), ends(150, "boot/networkd/online")];
    const state = moves(150, "boot/networkd", ["networkd.degraded.wait"]);
    expect(at([...degraded, state], 160)).toMatchObject({ tone: "bad" });
  });

  test("says why a round failed, and that the program has ended", () => {
    const failed = [
      ...wholeBoot(),
      changing({ failure: "no NIC has a default gateway" }, moves(150, "boot", ["boot.restart"])),
    ];
    expect(at(failed, 160).sentence).toMatch(/This round: no NIC has a default gateway\.$/);
    const waiting = wholeBoot().slice(0, -4);
    const stopped = [moves(150, "boot", ["boot.stopping"]), moves(151, "boot", ["boot.stopped"])];
    expect(at([...waiting, ...stopped, { type: "end", atMs: 170 }], 170).title).toBe("Ended while waiting for IPv6");
    expect(at([...wholeBoot(), { type: "end", atMs: 170 }], 170)).toMatchObject({
      title: "Ended, was online",
      tone: "over",
    });
  });
});
