import { closeSync, fstatSync, openSync } from "node:fs";
import { devNull } from "node:os";
import { expect, test } from "vitest";
import { BootError } from "../../../src/errors.ts";
import { leadsToJournal, withPriority } from "../../../src/program/journal.ts";
import { createTextLog, type Entry, logTransitions } from "../../../src/program/log.ts";
import { createNews } from "../../../src/program/news.ts";

test("lines for the journal bear the priorities of sd-daemon(3), each line of a text", () => {
  expect(withPriority("error", "a\nb")).toBe("<3>a\n<3>b");
  expect(["warn", "info", "debug"].map((level) => withPriority(level as "warn", "a"))).toEqual([
    "<4>a",
    "<6>a",
    "<7>a",
  ]);
});

test("a file leads to the journal when JOURNAL_STREAM names its device and inode", () => {
  const fd = openSync(devNull, "r");
  const { dev, ino } = fstatSync(fd, { bigint: true });
  expect(leadsToJournal(fd, { JOURNAL_STREAM: `${dev}:${ino}` })).toBe(true);
  for (const other of [`${dev}:${ino + 1n}`, `${dev}`, "", undefined]) {
    expect(leadsToJournal(fd, { JOURNAL_STREAM: other })).toBe(false);
  }
  closeSync(fd);
  expect(leadsToJournal(fd, { JOURNAL_STREAM: `${dev}:${ino}` })).toBe(false);
});

test("a text log has one line for each entry of its level or above", () => {
  const lines: string[] = [];
  const log = createTextLog((line) => void lines.push(line), "info", withPriority);
  log({ level: "info", kind: "step", fields: {}, text: "✔ nat" });
  log({ level: "debug", kind: "command", fields: {}, text: "ip link" });
  log({ level: "warn", kind: "effect failed", fields: {}, text: "one\n two" });
  expect(lines).toEqual(["<6>✔ nat\n", "<4>one | two\n"]);
});

test("a failed effect is told once with its step, its code and what the command said, until the node was online", () => {
  const entries: Entry[] = [];
  const news = createNews();
  const inspect = logTransitions((entry) => void entries.push(entry), news);
  const fail = () => {
    const error = new BootError("busy", "ip link set: RTNETLINK answers: Device or resource busy").inStep(
      "ensureBridge",
    );
    const event = { type: "xstate.error.actor.ensureBridge", error };
    inspect({ type: "@xstate.microstep", event, actorRef: { id: "internet" }, snapshot: { value: "bridge" } } as never);
    return entries.at(-1);
  };
  const told = "effect failed: ensureBridge (busy): ip link set: RTNETLINK answers: Device or resource busy";
  expect(fail()).toMatchObject({ level: "warn", text: told });
  expect(fail()).toMatchObject({ level: "debug" });
  news.forget();
  expect(fail()).toMatchObject({ level: "warn" });
});
