import { Command } from "commander";
import { createActor, toPromise, type InspectionEvent } from "xstate";
import { createEffects } from "../../effects/index.ts";
import { checkIdle, claimNode } from "../control.ts";
import { createLog, logCommands, logTransitions } from "../log.ts";
import { composeBoot } from "../main.ts";
import { createStatusWriter, statusOf } from "../status.ts";
import { followSteps } from "../steps.ts";
import type { BootStream } from "../stream/boot-stream.ts";
import { createEmbeddedSupervisor } from "../supervisor/embedded.ts";
import { version } from "../version.ts";
import { type InspectionFlags, openBootStream, withInspectionOptions } from "./inspection.ts";
import { logFileOption, logLevelOption, settingsFor, withConfigOptions, type CommonOptions } from "./options.ts";
import { checkNode } from "./preflight.ts";
import { createProgress } from "./progress.ts";

export function upCommand(): Command {
  return withInspectionOptions(withConfigOptions(new Command("up")))
    .description("boot the node and keep it on the Internet, until stopped by SIGTERM, SIGINT or `zos-boot down`")
    .addOption(logFileOption())
    .addOption(logLevelOption())
    .action(up);
}

async function up(options: CommonOptions & InspectionFlags): Promise<void> {
  const settings = await settingsFor(options);
  await checkNode();
  await checkIdle(); // Before a recording that the other boot writes is begun anew.
  const stream = await openBootStream(options);
  const observe = observers(options, stream);
  const supervisor = createEmbeddedSupervisor(observe.inspect);
  const boot = composeBoot(createEffects(supervisor));
  const machine = stream?.observe(boot) ?? boot;
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

/** Everything that watches the boot: log, status file, progress, and those who see or record it. */
function observers({ logFile, logLevel }: CommonOptions, stream: BootStream | null) {
  const isLogging = logFile !== undefined || !process.stderr.isTTY;
  const log = createLog({ file: logFile ?? null, level: isLogging ? logLevel : "silent" });
  logCommands(log);
  const clock = () => performance.now();
  const origin = { version, pid: process.pid, startedAt: new Date(performance.timeOrigin).toISOString() };
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
      stream?.inspect(event);
    },
    end: async () => {
      progress.end();
      await status.flush();
      await stream?.end();
    },
  };
}
