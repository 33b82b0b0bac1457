import * as v from "valibot";
import { BootError } from "../errors.ts";
import { converse } from "../os/line-socket.ts";
import { parsed, servicesSchema, statusSchema, understood, type ZinitCalls } from "./zinit-calls.ts";

const replySchema = v.variant("state", [
  v.object({ state: v.literal("ok"), body: v.unknown() }),
  v.object({ state: v.literal("error"), body: v.string() }),
]);

/** Whether an answer is one of the text protocol, whatever it says. */
export function isTextReply(answer: string): boolean {
  return v.is(replySchema, parsed(answer));
}

/**
 * Talks to zinit 0.2.9 to 0.2.14: one command a connection, as the words of one line; one answer, and zinit closes
 * (docs/protocol.md of zinit).
 */
export function zinitText(socketPath: string): ZinitCalls {
  const ask = async (...words: string[]): Promise<unknown> => {
    const question = words.join(" ");
    const { state, body } = understood(replySchema, parsed(await converse(socketPath, question)), question);
    if (state === "error") throw new BootError("command-failed", `zinit ${question}: ${body}`, { command: question });
    return body;
  };
  const tell = async (...words: string[]): Promise<void> => {
    await ask(...words);
  };
  return {
    kind: "zinit-text",
    list: async () => understood(servicesSchema, await ask("list"), "list"),
    status: async (name) => understood(statusSchema, await ask("status", name), `status ${name}`),
    monitor: (name) => tell("monitor", name),
    stop: (name) => tell("stop", name),
    forget: (name) => tell("forget", name),
    kill: (name, signal) => tell("kill", name, signal),
  };
}
