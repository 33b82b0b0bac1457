import { createReadStream } from "node:fs";
import { destination } from "pino";
import * as v from "valibot";
import { BootError, messageOf } from "../../errors.ts";
import { openNamedFile } from "../../os/named-file.ts";
import { recordSchema, type StreamRecord } from "./records.ts";
import type { Sink } from "./boot-stream.ts";

/** Characters that a file which takes nothing may keep waiting. */
const waitingChars = 16 * 1_024 * 1_024;

/**
 * A sink that writes a recording: one JSON object a line, each written before the call returns, so that a killed program
 * leaves all but at most a part of its last line.
 *
 * @param file a path, see openNamedFile; what is there is replaced. Or the number of an open file.
 * @param onError told when it cannot be written any more, after which it is not tried again
 * @throws BootError `bad-input` when it cannot be opened
 */
export function recordingSink(file: string | number, onError: (error: unknown) => void): Sink {
  let isOpen = true;
  const stream = openFile(file);
  stream.on("error", (error) => {
    if (isOpen) onError(error);
    isOpen = false;
  });
  return {
    write: (line) => {
      if (isOpen) stream.write(`${line}\n`);
    },
    close: async () => {
      if (!isOpen) return;
      isOpen = false;
      await new Promise<void>((resolve) => {
        stream.once("close", resolve).once("error", () => resolve());
        stream.end();
      });
    },
  };
}

function openFile(file: string | number): ReturnType<typeof destination> {
  try {
    const fd = typeof file === "number" ? file : openNamedFile(file);
    return destination({ dest: fd, sync: true, maxLength: waitingChars });
  } catch (error) {
    throw new BootError("bad-input", `the recording cannot be written: ${messageOf(error)}`, { cause: error });
  }
}

/** The records of a recording take several times its size in the browser too. */
const mostBytes = 128 * 1_024 * 1_024;

/**
 * The lines of a recording, each checked. The last one may be torn, when the program was killed while it wrote it: it is
 * left out then.
 *
 * @throws BootError `bad-input` that names the file, and the line that is not as it should be
 */
export async function readRecording(file: string): Promise<StreamRecord[]> {
  const text = await readBounded(file).catch((error: unknown) => {
    throw new BootError("bad-input", `the recording cannot be read: ${messageOf(error)}`, { cause: error });
  });
  return parseRecording(text, file);
}

/** The file may be a pipe, or one that never ends. */
async function readBounded(file: string): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > mostBytes) throw new BootError("bad-input", `${file} is larger than ${mostBytes / 2 ** 20} MiB`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** @throws BootError `bad-input` that names the line */
export function parseRecording(text: string, file: string): StreamRecord[] {
  const lines = text.split("\n");
  const torn = lines.pop() ?? "";
  const records = lines.map((line, index) => checked(line, `${file}, line ${index + 1}`));
  const last = parsed(torn);
  if (isWithin(last, deepest) && v.is(recordSchema, last)) records.push(last);
  if (records[0]?.type !== "start") {
    throw new BootError("bad-input", `${file} is no recording of a boot: it does not begin with a start`);
  }
  return records;
}

function checked(line: string, place: string): StreamRecord {
  const value = parsed(line);
  if (value === undefined) throw bad(`${place}: this is no JSON: ${shortened(line)}`);
  if (!isWithin(value, deepest)) throw bad(`${place}: it is nested more than ${deepest} deep`);
  const result = v.safeParse(recordSchema, value);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const path = v.getDotPath(issue);
  throw bad(`${place}: ${path === null ? "" : `${shortened(path)}: `}${shortened(issue.message)}`);
}

/** What a stranger's file says could be orders for the terminal. */
function bad(text: string): BootError {
  return new BootError("bad-input", text.replaceAll(/\p{Cc}+/gu, " "));
}

/** Lists and objects in one another; contexts have less than twenty. */
const deepest = 64;

function isWithin(value: unknown, depth: number): boolean {
  if (typeof value !== "object" || value === null) return true;
  return depth > 0 && Object.values(value).every((each) => isWithin(each, depth - 1));
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined;
  }
}

function shortened(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
