import { subscribe } from "node:diagnostics_channel";
import { closeSync, fstatSync, renameSync } from "node:fs";
import type { InspectionEvent } from "xstate";
import { atRegistrar, type EnrollContext } from "../../machines/enroll-context.ts";
import { BootError, messageOf } from "../errors.ts";
import { leadsToJournal, withPriority } from "./journal.ts";
import { openNamedFile } from "../os/named-file.ts";
import type { News } from "./news.ts";
import type { CommandRecord } from "../os/run.ts";
import { pathOf } from "./follow-steps.ts";

const levels = ["debug", "info", "warn", "error"] as const;
/** How much something matters. */
export type Level = (typeof levels)[number];

/** One thing that is told. */
export interface Entry {
  level: Level;
  kind: "step" | "transition" | "effect failed" | "command" | "status not written" | "configuration";
  /** For programs. */
  fields: Readonly<Record<string, unknown>>;
  /** For people: one line. */
  text: string;
}

/** Takes what is told. */
export type Log = (entry: Entry) => void;

/** How large a log file may become, in bytes, before a new one is begun; the one before it stays beside it as FILE.1. */
export const logFileBytes = 16 * 1024 * 1024;

/**
 * A JSON log that loses nothing when the process is killed: each line is written before the call returns.
 *
 * @param maxBytes when a new file is begun; what is no regular file grows as it may
 * @throws BootError as openNamedFile
 */
export async function createJsonLog(file: string, level: Level, maxBytes = logFileBytes): Promise<Log> {
  const { destination, pino } = await import("pino"); // Loaded only where a file is written.
  const open = (fd: number) => destination({ dest: fd, sync: true });
  const log = pino({ level, base: { pid: process.pid } }, boundedFile(file, maxBytes, open));
  return ({ level: own, kind, fields, text }) => {
    log[own](fields, kind === "step" || kind === "configuration" ? text : kind);
  };
}

/** What takes lines. */
interface Lines {
  write: (line: string) => unknown;
}

function boundedFile(file: string, maxBytes: number, open: (fd: number) => Lines): Lines {
  let fd = openNamedFile(file, { isAppended: true });
  let lines = open(fd);
  const begun = fstatSync(fd);
  let bytes = begun.size;
  const beginAnew = () => {
    bytes = 0;
    try {
      renameSync(file, `${file}.1`);
      const next = openNamedFile(file, { isAppended: true });
      closeSync(fd);
      fd = next;
      lines = open(fd);
    } catch {
      // The file that is open goes on.
    }
  };
  return {
    write: (line) => {
      lines.write(line);
      bytes += Buffer.byteLength(line);
      if (bytes >= maxBytes && begun.isFile()) beginAnew();
    },
  };
}

/** A log for people. */
export function createTextLog(
  write: (line: string) => void,
  level: Level,
  lineOf: (level: Level, text: string) => string = (_, text) => text,
): Log {
  return (entry) => {
    if (levels.indexOf(entry.level) < levels.indexOf(level)) return;
    write(`${lineOf(entry.level, entry.text.replaceAll(/\s*\n\s*/g, " | "))}\n`);
  };
}

/** Where a boot tells what it does. */
export interface Voices {
  log: Log;
  /** For what people must hear of wherever they look: as `log`, and on stderr where that has no log. */
  notice: Log;
  /** Where steps are shown as they go; null where the log has them. */
  progress: NodeJS.WriteStream | null;
}

/**
 * Each thing is told to people once: to systemd's journal when that is what stderr leads to; otherwise steps on stdout and,
 * where no terminal shows them, failed effects on stderr. JSON goes to a file of its own.
 */
export async function openVoices(file: string | null, level: Level): Promise<Voices> {
  const toStderr = (line: string) => void process.stderr.write(line);
  const isJournal = leadsToJournal(2, process.env);
  const logs: Log[] = file === null ? [] : [await createJsonLog(file, level)];
  const people = isJournal ? createTextLog(toStderr, level, withPriority) : createTextLog(toStderr, level);
  const isHeard = isJournal || (file === null && !process.stderr.isTTY);
  if (isHeard) logs.push(isJournal ? people : withoutSteps(people));
  const log: Log = (entry) => {
    for (const each of logs) each(entry);
  };
  return {
    log,
    notice: (entry) => {
      log(entry);
      if (!isHeard) people(entry);
    },
    progress: isJournal && leadsToJournal(1, process.env) ? null : process.stdout,
  };
}

function withoutSteps(log: Log): Log {
  return (entry) => {
    if (entry.kind !== "step") log(entry);
  };
}

/** Logs every command that is run. */
export function logCommands(log: Log): void {
  subscribe("zos-boot:command", (message) => {
    const { argv, ms, exitCode } = message as CommandRecord;
    const command = argv.join(" ");
    const fields = { command, ms: Math.round(ms * 10) / 10, exitCode };
    log({
      level: "debug",
      kind: "command",
      fields,
      text: `${command}: exit code ${String(exitCode)}, ${fields.ms} ms`,
    });
  });
}

/** An inspector that logs every transition of the machines; an effect that failed is a warning, unless it is no news. */
export function logTransitions(log: Log, news: News): (event: InspectionEvent) => void {
  return (event) => {
    if (event.type !== "@xstate.microstep") return;
    const { snapshot, actorRef } = event;
    if (!("value" in snapshot)) return;
    const actor = "id" in actorRef ? String(actorRef.id) : "";
    const fields = { actor, state: pathOf(snapshot.value), event: event.event.type };
    if ("error" in event.event) {
      const err: unknown = event.event.error;
      const level = news.isNew(`effect of ${actor}${registrarIn(snapshot)}`, messageOf(err)) ? "warn" : "debug";
      log({ level, kind: "effect failed", fields: { ...fields, err }, text: failureText(err, actor) });
    } else {
      log({ level: "debug", kind: "transition", fields, text: `${actor}: ${fields.state} (${fields.event})` });
    }
  };
}

/** Which registrar was asked, where that is what failed: several are asked in turn, and each is news by itself. */
function registrarIn(snapshot: object): string {
  const { context } = snapshot as { context?: Partial<EnrollContext> };
  const { grid, turn } = context ?? {};
  return grid === undefined || turn === undefined ? "" : ` at ${atRegistrar({ grid, turn }).registrar}`;
}

/** The step, the code, and what the command said first. */
function failureText(error: unknown, actor: string): string {
  const where = error instanceof BootError ? `${error.step ?? actor} (${error.code})` : actor;
  return `effect failed: ${where}: ${messageOf(error)}`;
}
