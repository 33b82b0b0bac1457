import { answerIn, refusalIn } from "../../src/os/registrar-http.ts";
import { type FuzzTarget, mayRefuse, must } from "./target.ts";

const at = { registrar: "https://registrar.example", caFile: null, signal: new AbortController().signal };
const nowMs = Date.parse("2026-01-01T00:00:00Z");
const date = "Thu, 01 Jan 2026 00:00:00 GMT";

/** What a registrar says over HTTP: a status, `date` and `retry-after`, each a line, and the body. */
export const target: FuzzTarget = {
  run: (data) => {
    const [status = "", told = "", after = "", ...body] = data.toString().split("\n");
    const headers = { date: told, "retry-after": after };
    const answer = mayRefuse(() =>
      answerIn(at, { status: Number(status) || 0, headers, text: body.join("\n") }, nowMs),
    );
    if (answer === null) return;
    must(Number.isFinite(answer.clockOffsetMs), "clocks differ by a number");
    must(
      !/[^\P{Cc}]/u.test(refusalIn(at, "answer", answer).message),
      "what is said to people has no control characters",
    );
  },
  seeds: [`200\n${date}\n\n{"twin_id":1,"public_key":"x"}`, `429\n${date}\n120\n{"error":"too much"}`],
  words: [
    "200",
    "404",
    "500",
    "503",
    "429",
    '{"error":',
    '"expired"',
    "\u001b[2J",
    "\u202e",
    "\r",
    "-1",
    "1e400",
    "9".repeat(30),
    date,
    "GMT",
    "null",
  ],
};
