import { expect, test } from "vitest";
import { probeMachine } from "../../../../machines/probe.ts";
import type { StreamRecord, TransitionRecord } from "../../../../src/inspect/recording/records.ts";
import { showIn, valueOf } from "../../../../src/inspect/recording/stately.ts";

test.each([
  [["boot.restart"], "restart"],
  [["internet.probe.watch.open"], { probe: { watch: "open" } }],
  [
    ["probe.listen.v4.known", "probe.listen.v6.solicit.hopeful"],
    { listen: { v4: "known", v6: { solicit: "hopeful" } } },
  ],
])("the active states %j are the state value %j", (ids, value) => {
  expect(valueOf(ids)).toEqual(value);
});

test("Stately's inspector gets each actor with its statechart, and each step with the whole context", () => {
  const calls: unknown[][] = [];
  const note =
    (name: string) =>
    (...args: unknown[]) =>
      void calls.push([name, ...args]);
  const sink = showIn({ actor: note("actor"), event: note("event"), snapshot: note("snapshot"), stop: note("stop") });
  const step = (record: Pick<TransitionRecord, "atMs" | "state" | "changes">): StreamRecord => ({
    ...{ type: "transition", actor: "a/probe.eth0", event: "e", taken: [], guards: [], status: "active" },
    ...record,
  });
  const records: StreamRecord[] = [
    { type: "actor", atMs: 0, actor: "a", parent: null, machine: null, effect: "x" },
    { type: "actor", atMs: 0, actor: "a/probe.eth0", parent: "a", machine: "probe", effect: null },
    step({ atMs: 1, state: ["probe.carrier.attempt"], changes: { attempts: 0, nic: "eth0" } }),
    step({ atMs: 2, state: ["probe.known"], changes: { attempts: 1 } }),
    { type: "command", atMs: 3, ms: 1, argv: [], exitCode: 0 },
    { type: "ended", atMs: 4, actor: "a/probe.eth0", status: "done" },
  ];
  for (const record of records) sink.write(JSON.stringify(record));
  const probe = expect.objectContaining({
    sessionId: "a/probe.eth0",
    id: "probe.eth0",
    logic: { config: probeMachine.config },
  }) as unknown;
  expect(calls.filter(([name]) => name !== "event").slice(1)).toEqual([
    ["actor", probe, { status: "active" }],
    [
      "snapshot",
      probe,
      { status: "active", context: { attempts: 0, nic: "eth0" }, value: { carrier: "attempt" } },
      { event: { type: "e" } },
    ],
    [
      "snapshot",
      probe,
      { status: "active", context: { attempts: 1, nic: "eth0" }, value: "known" },
      { event: { type: "e" } },
    ],
    ["snapshot", probe, { status: "done" }, { event: { type: "xstate.done" } }],
  ]);
  expect(calls.filter(([name]) => name === "event")).toHaveLength(2);
});
