import { recordOf } from "../../src/inspect/page/model/parse-record.ts";
import { parseRecording } from "../../src/inspect/recording/recording-file.ts";
import { type FuzzTarget, mayRefuse, must } from "./target.ts";

const start = '{"type":"start","atMs":0,"version":"0.1.0","hostname":"node","startedAt":"2026-01-01T00:00:00.000Z"}\n';
const others = [
  '{"type":"actor","atMs":1,"actor":"boot","machine":"boot","parent":null}\n',
  '{"type":"transition","atMs":2,"actor":"boot","event":"done","taken":[],"guards":[],"state":["recover"],"changes":{},"status":"active"}\n',
  '{"type":"command","atMs":3,"ms":4,"argv":["ip","link"],"error":null}\n',
  '{"type":"end","atMs":5}\n',
];

/** Recordings of boots, whole and by line as the page reads them. */
export const target: FuzzTarget = {
  run: (data) => {
    const text = data.toString();
    for (const line of text.split("\n")) recordOf(line);
    const records = mayRefuse(() => parseRecording(text, "file"));
    must(records === null || records[0]?.type === "start", "a recording begins with a start");
  },
  seeds: [start + others.join(""), start, ...others],
  words: [
    '"type":',
    '"start"',
    '"transition"',
    '"command"',
    '"checked"',
    '"ended"',
    '"end"',
    '"atMs":',
    "{",
    "}",
    "[",
    "]",
    ",",
    "\n",
    '"__proto__"',
    "null",
  ],
};
