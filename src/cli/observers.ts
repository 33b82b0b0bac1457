import type { InspectionEvent } from "xstate";
import type { SupervisorKind } from "../contract.ts";
import { messageOf } from "../errors.ts";
import type { BootStream } from "../inspect/recording/boot-stream.ts";
import { followSteps } from "../program/follow-steps.ts";
import { type Level, logCommands, logTransitions, openVoices, type Voices } from "../program/log.ts";
import { createNews } from "../program/news.ts";
import { createStatusWriter, statusOf } from "../program/status-file.ts";
import { version } from "../version.ts";
import type { CommonOptions } from "./options.ts";
import { createProgress, type Listeners, openSpinner } from "./progress.ts";

/** The boot that is watched. */
export interface Running {
  supervisor: SupervisorKind;
  hasClaim: () => boolean;
  /** What of the configuration is left out by now. */
  configFaults: () => string[];
  stream: BootStream | null;
}

/** Where the boot is told of. */
export interface Told {
  voices: Voices;
  spinner: Listeners["spinner"];
}

/** Opens the log, and the spinner of a terminal. */
export async function openTold({ logFile, logLevel }: CommonOptions): Promise<Told> {
  const voices = await openVoices(logFile ?? null, logLevel);
  return { voices, spinner: await openSpinner(voices.progress) };
}

/** Everything that watches the boot: log, progress, the status file of whoever has the claim, and those who see or record it. */
export function createObservers({ voices, spinner }: Told, running: Running) {
  const { supervisor, hasClaim, configFaults, stream } = running;
  const { log, notice, progress: shown } = voices;
  const news = createNews();
  logCommands(log);
  const clock = () => performance.now();
  const startedAt = new Date(performance.timeOrigin).toISOString();
  const origin = { version, pid: process.pid, startedAt, supervisor };
  const status = createStatusWriter((error) => {
    log({ level: "error", kind: "status not written", fields: { error }, text: `no status: ${messageOf(error)}` });
  });
  const progress = createProgress({ stream: shown, spinner, log, news }, clock);
  const follow = followSteps(clock, (view) => {
    if (hasClaim()) status.write(statusOf(view, { ...origin, configFaults: configFaults() }, clock()));
    progress.show(view);
  });
  const logTransition = logTransitions(log, news);
  return {
    inspect: (event: InspectionEvent) => {
      logTransition(event);
      follow(event);
      stream?.inspect(event);
    },
    /** Says something of the configuration, to everybody. */
    tell: (level: Level, text: string) => {
      notice({ level, kind: "configuration", fields: {}, text });
    },
    end: async () => {
      progress.end();
      await status.flush();
      await stream?.end();
    },
  };
}
