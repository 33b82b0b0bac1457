import { connect } from "node:net";
import { BootError } from "../errors.ts";

/** A process manager answers within milliseconds; it is given the time of one that starves. */
const answerMs = 5_000;
/** Thousands of times what an answer has. */
const answerBytes = 1 << 20;

/**
 * Sends one line to a Unix socket and gives the answer: its first line, or all of it when the other side closes before a
 * line ends. What it says is not looked at.
 *
 * @throws BootError `unavailable` when nobody listens there, `timeout` without an answer in 5 s, `bad-output` for an
 *   answer of more than 1 MiB, or none before the other side closed
 */
export function converse(path: string, line: string, timeoutMs: number = answerMs): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = "";
    const socket = connect(path);
    const end = (settle: () => void) => {
      clearTimeout(timer);
      socket.destroy();
      settle();
    };
    const fail = (code: "unavailable" | "timeout" | "bad-output", what: string, cause?: unknown) =>
      end(() => reject(new BootError(code, `${path} ${what}`, { command: line, cause })));
    const timer = setTimeout(() => fail("timeout", `has not answered in ${timeoutMs / 1_000} s`), timeoutMs);
    socket.setEncoding("utf8");
    socket.on("error", (error) => fail("unavailable", `cannot be talked to: ${error.message}`, error));
    socket.on("data", (text: string) => {
      answer += text;
      if (answer.length > answerBytes) fail("bad-output", "answers without an end");
      else if (answer.includes("\n")) end(() => resolve(answer.slice(0, answer.indexOf("\n"))));
    });
    socket.on("end", () => {
      if (answer === "") fail("bad-output", "closed the connection without an answer");
      else end(() => resolve(answer));
    });
    socket.write(`${line}\n`);
  });
}
