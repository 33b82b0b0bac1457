import type { CommandRecord, StreamRecord, TransitionRecord } from "../../recording/records.ts";
import { triggerOf } from "../../chart/triggers.ts";
import { nameOf } from "./tree.ts";

/** A duration as people read it: `0.4 ms`, `380 ms`, `2.31 s`, `12 min 05 s`, `3 h 07 min`. */
export function durationWords(ms: number): string {
  if (ms < 9.95) return `${ms.toFixed(1)} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_995) return `${(ms / 1000).toFixed(2)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${two(seconds % 60)} s`;
  return `${Math.floor(seconds / 3600)} h ${two(Math.floor(seconds / 60) % 60)} min`;
}

/** A time since the program's start as a clock shows it: `2.310`, `12:05.310`, `3:07:05`. */
export function clockWords(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const rest = String(Math.floor(ms) % 1000).padStart(3, "0");
  if (seconds < 60) return `${seconds}.${rest}`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}:${two(seconds % 60)}.${rest}`;
  return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

/** A tick's time: no more digits than it needs. */
export function tickWords(ms: number): string {
  if (ms === 0) return "0";
  if (ms < 1000) return `${ms} ms`;
  if (ms < 60_000) return `${ms / 1000} s`;
  if (ms < 3_600_000) return ms % 60_000 === 0 ? `${ms / 60_000} min` : clockWords(ms).replace(/\.0+$/, "");
  return durationWords(ms);
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}

/** An event in words; which of several children sent it is kept. */
export function eventWords(event: string): string {
  if (event === "") return "at once";
  if (event === "xstate.init") return "starts";
  if (event === "xstate.stop") return "is stopped";
  const { words } = triggerOf(event);
  return words;
}

/** What an entry of the log says, without time and actor. */
export function entryWords(record: StreamRecord): string {
  switch (record.type) {
    case "start":
      return `zos-boot ${record.version} on ${record.hostname}`;
    case "actor":
      return record.machine === null ? "begins" : `${record.machine} begins`;
    case "transition":
      return transitionWords(record);
    case "checked":
      return `stays: ${record.guards.map(({ name }) => name).join(", ")}`;
    case "ended":
      return record.error === undefined ? endWords[record.status] : `fails: ${record.error}`;
    case "command":
      return record.argv.join(" ");
    case "end":
      return "the program ends";
  }
}

const endWords = { done: "is done", error: "fails", stopped: "is stopped" };

function transitionWords({ event, taken, state }: TransitionRecord): string {
  const words = eventWords(event);
  if (event === "xstate.init") return `${words} in ${short(state)}`;
  const isMoved = taken.some(({ target }) => target.length > 0);
  return isMoved ? `${words} → ${short(state)}` : words;
}

/** Innermost states without the machine's name. */
export function short(states: readonly string[]): string {
  return states.map((state) => state.slice(state.indexOf(".") + 1)).join(", ");
}

/** The actor of an entry; empty for what concerns the program. */
export function actorOf(record: StreamRecord): string {
  return "actor" in record ? (record.actor ?? "") : "";
}

/** An actor as the log names it: what works for a NIC's probe by the NIC. */
export function actorWords(actor: string): string {
  return /(?:^|\/)probe\.([^/]+)/.exec(actor)?.[1] ?? nameOf(actor);
}

/** How a command ended. */
export function exitWords({ exitCode }: CommandRecord): string {
  return exitCode === null ? "no exit code" : `exit ${exitCode}`;
}
