import { append, emptyHistory, type History } from "../../../../../src/inspect/page/model/history.ts";
import type {
  Json,
  StartRecord,
  StreamRecord,
  TransitionRecord,
} from "../../../../../src/inspect/recording/records.ts";

/** Short ways to say what a stream tells. */
export const start: StartRecord = {
  type: "start",
  format: 1,
  version: "0.1.0",
  hostname: "node-7",
  startedAt: "2026-01-01T00:00:00.000Z",
  atMs: 5,
};

export function begins(atMs: number, actor: string, machine: string | null): StreamRecord {
  const parent = actor.includes("/") ? actor.slice(0, actor.lastIndexOf("/")) : null;
  return { type: "actor", atMs, actor, parent, machine, effect: machine === null ? "effect" : null };
}

export function moves(atMs: number, actor: string, state: string[]): TransitionRecord {
  const target = state.slice(0, 1);
  const taken = [{ id: `${target.join()} e 0`, source: "somewhere", event: "e", guard: null, target }];
  return { type: "transition", atMs, actor, event: "e", taken, guards: [], state, changes: {}, status: "active" };
}

export function changing(changes: Record<string, Json>, transition: TransitionRecord): TransitionRecord {
  return { ...transition, changes };
}

export function ends(atMs: number, actor: string, status: "done" | "error" | "stopped" = "done"): StreamRecord {
  return { type: "ended", atMs, actor, status, ...(status === "error" ? { error: "it broke" } : {}) };
}

export function runs(atMs: number, ms: number, actor: string): StreamRecord {
  return { type: "command", atMs, ms, argv: ["ip", "link"], exitCode: 0, actor };
}

export function historyOf(records: StreamRecord[]): History {
  const history = emptyHistory();
  for (const record of records) append(history, record);
  return history;
}

/** A boot through all steps: each takes 10 ms, in `online` from 140 ms on. */
export function wholeBoot(): StreamRecord[] {
  const internet = [
    "probe.list",
    "probe.watch.open",
    "selectGateway",
    "bridge.attempt",
    "register.client",
    "reach.attempt",
  ];
  const networkd = ["ndmz.attempt", "waitIpv6.listen", "nat.attempt", "online"];
  return [
    start,
    begins(10, "boot", "boot"),
    moves(10, "boot", ["boot.recover.attempt"]),
    begins(20, "boot/internet", "internet"),
    moves(20, "boot/internet", ["internet.start"]),
    moves(20, "boot", ["boot.internet"]),
    ...internet.map((state, index) => moves(20 + 10 * index, "boot/internet", [`internet.${state}`])),
    moves(80, "boot/internet", ["internet.selectExit.tidy"]),
    moves(100, "boot/internet", ["internet.reached"]),
    ends(100, "boot/internet"),
    moves(101, "boot", ["boot.enroll"]),
    begins(102, "boot/networkd", "networkd"),
    moves(102, "boot", ["boot.networkd"]),
    ...networkd.map((state, index) => moves(110 + 10 * index, "boot/networkd", [`networkd.${state}`])),
    begins(140, "boot/networkd/online", "online"),
    moves(140, "boot/networkd/online", ["online.watching"]),
  ];
}
