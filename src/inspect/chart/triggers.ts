/** What makes a transition happen: a child that is done or failed, a delay, an event from outside, or a condition alone. */
export type Cause = "done" | "error" | "after" | "always" | "event";

/** A cause with its words. */
export interface Trigger {
  cause: Cause;
  words: string;
}

const patterns: [RegExp, (name: string) => Trigger][] = [
  [/^xstate\.done\.actor\.(.+)$/, (name) => ({ cause: "done", words: `${subject(name)} done` })],
  [/^xstate\.error\.actor\.(.+)$/, (name) => ({ cause: "error", words: `${subject(name)} fails` })],
  [/^xstate\.snapshot\.(.+)$/, (name) => ({ cause: "event", words: `${subject(name)} reports` })],
  [/^xstate\.after\.([^.]+)\..+$/, (name) => ({ cause: "after", words: `after ${name}` })],
  [/^xstate\.done\.state\.()/, () => ({ cause: "done", words: "all regions done" })],
];

/** An event of XState in words: `xstate.done.actor.ensureBridge` is "ensureBridge done"; others keep their name. */
export function triggerOf(event: string): Trigger {
  if (event === "") return { cause: "always", words: "" };
  for (const [pattern, trigger] of patterns) {
    const name = pattern.exec(event)?.[1];
    if (name !== undefined) return trigger(name);
  }
  return { cause: "event", words: event };
}

/** A wildcard stands for any of several children, such as one probe for each NIC. */
function subject(actor: string): string {
  return actor.endsWith(".*") ? `a ${actor.slice(0, -2)}` : actor;
}
