import { Command } from "commander";
import { createActor, toPromise, type InspectionEvent } from "xstate";
import { createEffects } from "../../effects/index.ts";
import type { SupervisorKind } from "../contract.ts";
import { claimNode } from "../control.ts";
import { createLog, logCommands, logTransitions } from "../log.ts";
import { composeBoot } from "../main.ts";
import { createStatusWriter, statusOf } from "../status.ts";
import { followSteps } from "../steps.ts";
import { openSupervisor } from "../supervisor/open.ts";
import { version } from "../version.ts";
import { logFileOption, logLevelOption, settingsFor, withConfigOptions, type CommonOptions } from "./options.ts";
import { checkNode } from "./preflight.ts";
import { createProgress } from "./progress.ts";

export function upCommand(): Command {
  return withConfigOptions(new Command("up"))
    .description("boot the node and keep it on the Internet, until stopped by SIGTERM, SIGINT or `zos-boot down`")
    .addOption(logFileOption())
    .addOption(logLevelOption())
    .action(up);
}

async function up(options: CommonOptions): Promise<void> {
  const settings = await settingsFor(options);
  await checkNode();
  const supervisor = await openSupervisor(settings.supervisor, { inspect: (event) => observe.inspect(event) });
  const observe = observers(options, supervisor.kind);
  const machine = composeBoot(createEffects(supervisor));
  const actor = createActor(machine, { id: "boot", input: { settings }, inspect: observe.inspect });
  const stop = () => {
    actor.send({ type: "stop.requested" });
  };
  const control = await claimNode(stop);
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  actor.start();
  await toPromise(actor);
  await supervisor.close();
  await observe.end();
  control.close();
  process.exit();
}

/** Everything that watches the boot: log, status file and progress. */
function observers({ logFile, logLevel }: CommonOptions, supervisor: SupervisorKind) {
  const isLogging = logFile !== undefined || !process.stderr.isTTY;
  const log = createLog({ file: logFile ?? null, level: isLogging ? logLevel : "silent" });
  logCommands(log);
  const clock = () => performance.now();
  const startedAt = new Date(performance.timeOrigin).toISOString();
  const origin = { version, pid: process.pid, startedAt, supervisor };
  const status = createStatusWriter((error) => {
    log.error({ error }, "status not written");
  });
  const progress = createProgress(process.stdout, clock);
  const follow = followSteps(clock, (view) => {
    status.write(statusOf(view, origin, clock()));
    progress.show(view);
  });
  const logTransition = logTransitions(log);
  return {
    inspect: (event: InspectionEvent) => {
      logTransition(event);
      follow(event);
    },
    end: async () => {
      progress.end();
      await status.flush();
    },
  };
}
