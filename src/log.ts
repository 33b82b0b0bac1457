import { subscribe } from "node:diagnostics_channel";
import { destination, pino, type Logger } from "pino";
import type { InspectionEvent } from "xstate";
import type { CommandRecord } from "./os/run.ts";
import { pathOf } from "./steps.ts";

export interface LogOptions {
  /** Null writes to stderr. */
  file: string | null;
  level: string;
}

/** A JSON log that loses nothing when the process is killed: each line is written before the call returns. */
export function createLog({ file, level }: LogOptions): Logger {
  return pino({ level, base: { pid: process.pid } }, destination({ dest: file ?? 2, sync: true, mkdir: true }));
}

/** Logs every command that is run. */
export function logCommands(log: Logger): void {
  subscribe("zos-boot:command", (message) => {
    const { argv, ms, exitCode } = message as CommandRecord;
    log.debug({ command: argv.join(" "), ms: Math.round(ms * 10) / 10, exitCode }, "command");
  });
}

/** An inspector that logs every transition of the machines, with the error that caused it. */
export function logTransitions(log: Logger): (event: InspectionEvent) => void {
  return (event) => {
    if (event.type !== "@xstate.microstep") return;
    const { snapshot, actorRef } = event;
    if (!("value" in snapshot)) return;
    const actor = "id" in actorRef ? String(actorRef.id) : "";
    const fields = { actor, state: pathOf(snapshot.value), event: event.event.type };
    if ("error" in event.event) log.warn({ ...fields, err: event.event.error }, "effect failed");
    else log.info(fields, "transition");
  };
}
