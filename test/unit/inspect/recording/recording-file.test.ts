import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import type { StreamRecord } from "../../../../src/inspect/recording/records.ts";
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
  ])("that is none is refused with the line that is wrong: %j", (text, message) => {
    expect(() => parseRecording(text, "f")).toThrow(message);
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
