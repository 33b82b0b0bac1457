import type { Server } from "node:net";
import { Command } from "commander";
import { createActor, toPromise, type InspectionEvent } from "xstate";
import { checkForeign } from "../../effects/check-foreign.ts";
import { createEffects } from "../../effects/index.ts";
import type { Stage, SupervisorKind } from "../contract.ts";
import { checkIdle, claimFreeNode, claimNode } from "../program/control.ts";
import { exitCode, messageOf } from "../errors.ts";
import { logCommands, logTransitions, openVoices } from "../program/log.ts";
import { bootMachine } from "../../machines/boot.ts";
import { compose } from "../program/compose.ts";
import { createNews } from "../program/news.ts";
import { createStatusWriter, statusOf } from "../program/status-file.ts";
import { followSteps } from "../program/follow-steps.ts";
import type { BootStream } from "../inspect/recording/boot-stream.ts";
import { openSupervisor } from "../supervisor/open.ts";
import { version } from "../version.ts";
import { onEnding } from "./ending.ts";
import { type InspectionFlags, openBootStream, withInspectionOptions } from "./inspection.ts";
import { logFileOption, logLevelOption, settingsFor, withConfigOptions, type CommonOptions } from "./options.ts";
import { checkNode } from "./preflight.ts";
import { createProgress } from "./progress.ts";

export function upCommand(): Command {
  return bootCommand("up", "all").description(
    "boot the node and keep it on the Internet, until stopped by SIGTERM, SIGINT or `zos-boot down`",
  );
}

export function internetCommand(): Command {
  return bootCommand("internet", "internet").description(
    "bring the node onto the Internet and end with 0 when it is there, however long that takes: a one-shot service",
  );
}

export function networkdCommand(): Command {
  return bootCommand("networkd", "networkd").description(
    "wait for what `internet` leaves, then keep ndmz in order until stopped: a daemon",
  );
}

function bootCommand(name: string, stage: Stage): Command {
  return withInspectionOptions(withConfigOptions(new Command(name)))
    .addOption(logFileOption())
    .addOption(logLevelOption())
    .action((options: CommonOptions & InspectionFlags) => boot(stage, options));
}

async function boot(stage: Stage, options: CommonOptions & InspectionFlags): Promise<void> {
  const settings = await settingsFor(options);
  await checkNode(settings.dhcpClient);
  if (stage !== "networkd") await checkIdle(); // Before a recording that the other boot writes is begun anew.
  const stream = await openBootStream(options);
  const supervisor = await openSupervisor(settings.supervisor, { inspect: (event) => observe.inspect(event) });
  await checkForeign(supervisor, new AbortController().signal);
  const stop = () => {
    actor.send({ type: "stop.requested" });
  };
  const claim = stage === "networkd" ? createClaim(null, stop) : createClaim(await claimNode(stop), stop);
  const observe = observers(options, { supervisor: supervisor.kind, hasClaim: claim.isHeld, stream });
  const composed = compose(bootMachine, { ...createEffects(supervisor, settings), claimNode: claim.take });
  const machine = stream?.observe(composed) ?? composed;
  const actor = createActor(machine, { id: "boot", input: { settings, stage }, inspect: observe.inspect });
  onEnding(stop);
  actor.start();
  await toPromise(actor);
  const isDone = actor.getSnapshot().matches("done");
  await supervisor.close();
  await observe.end();
  claim.release();
  process.exit(isDone || stage !== "internet" ? exitCode.done : exitCode.tempFail);
}

/** This process's claim to the node; the daemon begins without one, for the one-shot may still have it. */
function createClaim(server: Server | null, onStop: () => void) {
  let held = server;
  return {
    isHeld: () => held !== null,
    take: async () => {
      held ??= await claimFreeNode(onStop);
      return { isClaimed: held !== null };
    },
    release: () => held?.close(),
  };
}

interface Running {
  supervisor: SupervisorKind;
  hasClaim: () => boolean;
  stream: BootStream | null;
}

/** Everything that watches the boot: log, progress, the status file of whoever has the claim, and those who see or record it. */
function observers({ logFile, logLevel }: CommonOptions, { supervisor, hasClaim, stream }: Running) {
  const { log, progress: shown } = openVoices(logFile ?? null, logLevel);
  const news = createNews();
  logCommands(log);
  const clock = () => performance.now();
  const startedAt = new Date(performance.timeOrigin).toISOString();
  const origin = { version, pid: process.pid, startedAt, supervisor };
  const status = createStatusWriter((error) => {
    log({ level: "error", kind: "status not written", fields: { error }, text: `no status: ${messageOf(error)}` });
  });
  const progress = createProgress({ stream: shown, log, news }, clock);
  const follow = followSteps(clock, (view) => {
    if (hasClaim()) status.write(statusOf(view, origin, clock()));
    progress.show(view);
  });
  const logTransition = logTransitions(log, news);
  return {
    inspect: (event: InspectionEvent) => {
      logTransition(event);
      follow(event);
      stream?.inspect(event);
    },
    end: async () => {
      progress.end();
      await status.flush();
      await stream?.end();
    },
  };
}
