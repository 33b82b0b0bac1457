import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { withChanges } from "../../../../src/inspect/recording/changes.ts";
import type { StreamRecord, TransitionRecord } from "../../../../src/inspect/recording/records.ts";
import { parseRecording, readRecording, recordingSink } from "../../../../src/inspect/recording/recording-file.ts";

const start: StreamRecord = { type: "start", format: 1, version: "1", hostname: "node", startedAt: "now", atMs: 0 };
const end: StreamRecord = { type: "end", atMs: 5 };
const linesOf = (...records: unknown[]) => records.map((each) => `${JSON.stringify(each)}\n`).join("");

function directory(): string {
  const path = mkdtempSync(join(tmpdir(), "recording-"));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

const never = (error: unknown) => expect.fail(String(error));

describe("a recording", () => {
  test("is read as it was written, and replaces what was in its file", async () => {
    const file = join(directory(), "new/boot.jsonl");
    for (const records of [
      [start, end, end],
      [start, end],
    ]) {
      const sink = recordingSink(file, never);
      for (const each of records) sink.write(JSON.stringify(each));
      await sink.close();
    }
    expect(await readRecording(file)).toEqual([start, end]);
  });

  test("that never ends is not read for ever", async () => {
    await expect(readRecording("/dev/zero")).rejects.toThrow("/dev/zero is larger than 128 MiB");
  });

  test("has each line in its file at once, so that a killed program loses none", async () => {
    const file = join(directory(), "boot.jsonl");
    const sink = recordingSink(file, never);
    sink.write(JSON.stringify(start));
    expect(readFileSync(file, "utf8")).toBe(linesOf(start));
    await sink.close();
  });

  test("whose program was killed in the middle of a line is read without it", () => {
    const whole = linesOf(start, end);
    for (let length = linesOf(start).length; length < whole.length - 1; length++) {
      expect(parseRecording(whole.slice(0, length), "f"), String(length)).toEqual([start]);
    }
    expect(parseRecording(whole.slice(0, -1), "f")).toEqual([start, end]);
  });

  test.each([
    ["", "f is no recording of a boot"],
    [linesOf(end), "f is no recording of a boot"],
    [`${linesOf(start)}{"type":\n${linesOf(end)}`, 'f, line 2: this is no JSON: {"type":'],
    [linesOf(start, { type: "party" }), "f, line 2: type: "],
    [linesOf(start, { type: "end" }), "f, line 2: atMs: "],
    [linesOf(start, end, { ...end, atMs: "5" }), "f, line 3: atMs: "],
    [linesOf({ ...start, format: 2 }), "f, line 1: format: "],
    [linesOf(start, [end]), "f, line 2: "],
    [`${linesOf(start)}{"type":"end","atMs":1e999}\n`, "f, line 2: atMs: "],
    [linesOf(start, { ...end, atMs: 1e300 }), "f, line 2: atMs: "],
    [linesOf(start, { ...end, atMs: -1 }), "f, line 2: atMs: "],
  ])("that is none is refused with the line that is wrong: %j", (text, message) => {
    expect(() => parseRecording(text, "f")).toThrow(message);
  });

  test.each([
    ["nested lists", `{"type":"end","atMs":1,"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}`, "more than 64 deep"],
    ["nested objects", `{"type":"end","atMs":1,"a":${'{"a":'.repeat(100)}1${"}".repeat(100)}}`, "more than 64 deep"],
    ["a long line of something else", "x".repeat(1_000_000), "this is no JSON: xxx"],
  ])("that is %s is refused in few words", (_, line, message) => {
    expect(() => parseRecording(`${linesOf(start)}${line}\n`, "f")).toThrow(message);
    expect(() => parseRecording(`${linesOf(start)}${line}\n`, "f")).toThrow(/^.{1,300}$/);
  });

  test("that is none gives the terminal no orders", () => {
    for (const text of [
      "\u001b[2J\u0007",
      linesOf({ type: "\u001b[2J" }),
      linesOf(start, { ...end, type: "\u009b" }),
    ]) {
      expect(() => parseRecording(`${linesOf(start)}${text}\n`, "f")).toThrow(/^[^\p{Cc}]*$/u);
    }
  });

  test("with keys of JavaScript's own changes nothing but what it says", () => {
    const changes = '{"__proto__":{"x":1},"__proto__.x":2,"a":{"__proto__":{"x":3},"constructor":4}}';
    const line = `{"type":"transition","atMs":1,"actor":"boot","event":"e","taken":[],"guards":[],"state":[],"changes":${changes},"status":"active"}`;
    const [, record] = parseRecording(`${linesOf(start)}${line}\n`, "f");
    withChanges({}, (record as TransitionRecord).changes);
    expect(({} as { x?: number }).x).toBeUndefined();
  });

  test("of a million entries is read, and so is one of fifty million characters", { timeout: 60_000 }, () => {
    const many = `${linesOf(start)}${linesOf(end).repeat(1_000_000)}`;
    expect(parseRecording(many, "f")).toHaveLength(1_000_001);
    const long = linesOf({ ...start, hostname: "x".repeat(50_000_000) }, end);
    expect(parseRecording(long, "f")).toHaveLength(2);
  });

  test("that is not there is named", async () => {
    await expect(readRecording("/nowhere/boot.jsonl")).rejects.toMatchObject({
      code: "bad-input",
      message: expect.stringContaining("/nowhere/boot.jsonl") as string,
    });
  });

  test("cannot be written where there is no place for it, which is said before anything else happens", () => {
    const file = join(directory(), "a");
    writeFileSync(file, "");
    expect(() => recordingSink(join(file, "boot.jsonl"), never)).toThrow("the recording cannot be written");
  });

  test("ends when its file takes no more, and says so once", async () => {
    const errors: unknown[] = [];
    const sink = recordingSink("/dev/full", (error) => errors.push(error));
    for (let index = 0; index < 3; index++) sink.write(JSON.stringify(start));
    await sink.close();
    expect(errors.map(String)).toEqual([expect.stringContaining("ENOSPC")]);
  });
});
