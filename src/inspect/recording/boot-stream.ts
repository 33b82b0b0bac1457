import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { hostname } from "node:os";
import type { AnyStateMachine, InspectionEvent } from "xstate";
import { observed } from "./observe.ts";
import { recordActors } from "./record-actors.ts";
import { createRedactor } from "./redact.ts";
import type { StreamRecord } from "./records.ts";
import type { CommandRecord } from "../../os/run.ts";
import { version } from "../../version.ts";

/** Where lines of a stream go: a file, or those who watch. */
export interface Sink {
  write: (line: string) => void;
  /** Resolves when everything that was written is where it belongs. */
  close: () => Promise<void>;
}

/** Where a stream goes, and what is masked. */
export interface BootStreamOptions {
  sinks: readonly Sink[];
  /** Masks what tells whose network it is. */
  isRedacted: boolean;
  /** Told of the first failure to record; the boot goes on without notice. */
  onError: (error: unknown) => void;
}

/** Tells of a boot as it goes. Nothing that goes wrong here reaches the boot. */
export interface BootStream {
  /** The machine, telling also of its guards, and running its effects so that their commands are known as theirs. */
  observe: <Machine extends AnyStateMachine>(machine: Machine) => Machine;
  inspect: (event: InspectionEvent) => void;
  end: () => Promise<void>;
}

const channelName = "zos-boot:command";

/** Begins to tell of a boot; its first record says of which program and when. */
export function beginBootStream({ sinks, isRedacted, onError }: BootStreamOptions): BootStream {
  const safely = createGuard(onError);
  const redact = isRedacted ? createRedactor() : null;
  const emit = (record: StreamRecord) => {
    const line = JSON.stringify(redact === null ? record : redact(record));
    for (const sink of sinks) sink.write(line);
  };
  const recorder = recordActors(clock, emit);
  const effects = new AsyncLocalStorage<string>();
  const onCommand = (message: unknown) => {
    safely(() => emit(recordOf(message as CommandRecord, effects.getStore())));
  };
  safely(() => emit(beginning()));
  subscribe(channelName, onCommand);
  return {
    observe: (machine) =>
      observed(machine, {
        onGuard: recorder.noteGuard,
        around: (effect, begin) => {
          const path = recorder.pathOf(effect);
          if (path === null) begin();
          else effects.run(path, begin);
        },
      }),
    inspect: (event) => safely(() => recorder.inspect(event)),
    end: async () => {
      unsubscribe(channelName, onCommand);
      safely(() => emit({ type: "end", atMs: clock() }));
      await Promise.all(sinks.map((sink) => sink.close().catch(onError)));
    },
  };
}

/** Milliseconds since the program's start, to the microsecond. */
function clock(): number {
  return rounded(performance.now());
}

function rounded(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}

function beginning(): StreamRecord {
  const startedAt = new Date(performance.timeOrigin).toISOString();
  return { type: "start", format: 1, version, hostname: hostname(), startedAt, atMs: clock() };
}

/** A command is told of when it has ended. */
function recordOf({ argv, ms, exitCode }: CommandRecord, actor: string | undefined): StreamRecord {
  return {
    type: "command",
    atMs: rounded(Math.max(0, performance.now() - ms)),
    ms: rounded(ms),
    argv: [...argv],
    exitCode,
    ...(actor !== undefined && { actor }),
  };
}

/** Runs something whose failure is of no consequence; tells of the first one. */
function createGuard(onError: (error: unknown) => void): (action: () => void) => void {
  let hasFailed = false;
  return (action) => {
    try {
      action();
    } catch (error) {
      if (!hasFailed) onError(error);
      hasFailed = true;
    }
  };
}
