import { closeSync, fstatSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { devNull, tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { BootError } from "../../../src/errors.ts";
import { leadsToJournal, withPriority } from "../../../src/program/journal.ts";
import { createJsonLog, createTextLog, type Entry, logTransitions } from "../../../src/program/log.ts";
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

test("a log file never has more than its bytes, with the one before it beside it, and each line is whole", async () => {
  const folder = mkdtempSync(join(tmpdir(), "zos-boot-log-"));
  const file = join(folder, "up.log");
  const log = await createJsonLog(file, "debug", 2_000);
  for (let line = 0; line < 100; line++) {
    log({ level: "info", kind: "step", fields: { line }, text: "✔ nat" });
    if (line % 10 === 0) await new Promise(setImmediate);
  }
  expect(readdirSync(folder).toSorted()).toEqual(["up.log", "up.log.1"]);
  const lines = ["up.log.1", "up.log"].flatMap((name) =>
    readFileSync(join(folder, name), "utf8").trimEnd().split("\n"),
  );
  const numbers = lines.map((line) => (JSON.parse(line) as { line: number }).line);
  expect(numbers).toEqual(Array.from(numbers, (_, at) => 100 - numbers.length + at));
  for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).size).toBeLessThan(2_200);
  rmSync(folder, { recursive: true });
});

test("what is told of ever new things is forgotten in the order of telling, and the latest is not", () => {
  const news = createNews();
  for (let nic = 0; nic < 10_000; nic++) {
    news.isNew(`effect of probe.usb${nic}`, `usb${nic} is gone`);
    news.isNew("effect of recover", "it failed");
    if (nic % 100 === 0) news.isNew("effect of recover", "it failed otherwise");
  }
  expect(news.isTold("usb0 is gone")).toBe(false);
  expect(news.isTold("usb9999 is gone")).toBe(true);
});
