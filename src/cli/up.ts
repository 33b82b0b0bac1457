import type { Server } from "node:net";
import { Command } from "commander";
import { createActor, toPromise } from "xstate";
import { refusalNow } from "../../effects/check-foreign.ts";
import { createEffects } from "../../effects/index.ts";
import { bootMachine } from "../../machines/boot.ts";
import { type Configuration, faultless } from "../config/load.ts";
import type { Stage } from "../contract.ts";
import { BootError, exitCode } from "../errors.ts";
import type { Supervisor } from "../ports.ts";
import { compose } from "../program/compose.ts";
import {
  checkIdle,
  claimFreeNode,
  claimNode,
  isBootRunning,
  replaceOrphan,
  type Requests,
} from "../program/control.ts";
import { isPastInternet } from "../policy/steps.ts";
import { createReload } from "../program/reload.ts";
import { readStatus } from "../program/status-file.ts";
import { openSupervisor } from "../supervisor/open.ts";
import { onEnding } from "./ending.ts";
import { type InspectionFlags, openBootStream, withInspectionOptions } from "./inspection.ts";
import { createObservers, openTold } from "./observers.ts";
import {
  type CommonOptions,
  configurationFor,
  logFileOption,
  logLevelOption,
  settingsFor,
  withConfigOptions,
} from "./options.ts";
import { checkNode } from "./preflight.ts";

/** The command `up`: the whole boot. */
export function upCommand(): Command {
  return bootCommand("up", "all").description(
    "boot the node and keep it on the Internet, until stopped by SIGTERM, SIGINT or `zos-boot down`",
  );
}

/** The command `internet`: the one-time stage alone. */
export function internetCommand(): Command {
  return bootCommand("internet", "internet").description(
    "bring the node onto the Internet and end with 0 when it is there, however long that takes: a one-shot service",
  );
}

/** The command `networkd`: what follows the one-time stage, as a daemon. */
export function networkdCommand(): Command {
  return bootCommand("networkd", "networkd").description(
    "wait for what `internet` leaves, then keep ndmz in order until stopped: a daemon",
  );
}

function bootCommand(name: string, stage: Stage): Command {
  return withInspectionOptions(withConfigOptions(new Command(name)))
    .option("--strict", "end with 78 when anything in the configuration is wrong, instead of going on without that")
    .addOption(logFileOption())
    .addOption(logLevelOption())
    .addHelpText("after", signals)
    .action((options: BootOptions) => boot(stage, options));
}

const signals = `
SIGHUP reads the configuration anew, as \`zos-boot reload\` does, where the program has no controlling terminal; where it
has one, that is gone, and the program ends.`;

interface BootOptions extends CommonOptions, InspectionFlags {
  strict?: true;
}

async function boot(stage: Stage, options: BootOptions): Promise<void> {
  const { settings, faults } = await configurationOf(options);
  const config = { live: { ...settings }, faults };
  await checkNode(settings.dhcpClient);
  if (stage === "internet" && (await isOnInternet())) {
    process.stdout.write("another zos-boot has brought this node onto the Internet already\n");
    return;
  }
  if (stage !== "networkd") await checkIdle(); // Before a recording that the other boot writes is begun anew.
  const stream = await openBootStream(options);
  const supervisor = await openSupervisor(settings.supervisor, { inspect: (event) => observe.inspect(event) });
  await refuseForeign(supervisor);
  const told = await openTold(options);
  const requests = {
    stop: () => {
      actor.send({ type: "stop.requested" });
    },
    reload: () => reload(),
  };
  const claim = createClaim(stage === "networkd" ? null : await claimNode(requests), requests);
  const observe = createObservers(told, {
    supervisor: supervisor.kind,
    hasClaim: claim.isHeld,
    configFaults: () => config.faults,
    stream,
  });
  const composed = compose(bootMachine, { ...createEffects(supervisor, config.live), claimNode: claim.take });
  const machine = stream?.observe(composed) ?? composed;
  const actor = createActor(machine, { id: "boot", input: { settings, stage }, inspect: observe.inspect });
  const reload = createReload({ config, read: () => settingsFor(options), actor, tell: observe.tell });
  for (const fault of faults) observe.tell("warn", `configuration: left out: ${fault}`);
  onEnding(requests.stop, () => void reload().catch(() => undefined)); // It has been told.
  actor.start();
  await toPromise(actor);
  const isDone = actor.getSnapshot().matches("done");
  await supervisor.close();
  await observe.end();
  claim.release();
  process.exit(isDone || stage !== "internet" ? exitCode.done : exitCode.tempFail);
}

/**
 * Ends with an error on a node that others have set up. What cannot be read now is for the boot to try again, and the boot looks
 * before it touches anything.
 *
 * @throws BootError `foreign`
 */
async function refuseForeign(supervisor: Supervisor): Promise<void> {
  const refusal = await refusalNow(supervisor);
  if (refusal !== null) throw new BootError("foreign", refusal);
}

/** Whether another boot, of a process manager that is still there, has brought the node onto the Internet already. */
async function isOnInternet(): Promise<boolean> {
  await replaceOrphan();
  if (!(await isBootRunning())) return false;
  const status = await readStatus();
  return status !== null && isPastInternet(status.state);
}

/** A node without network is worse than one with a default: what is wrong is left out, unless that is not wanted. */
async function configurationOf(options: BootOptions): Promise<Configuration> {
  const configuration = await configurationFor(options);
  return options.strict === true ? faultless(configuration) : configuration;
}

/** This process's claim to the node; the daemon begins without one, for the one-shot may still have it. */
function createClaim(server: Server | null, requests: Requests) {
  let held = server;
  return {
    isHeld: () => held !== null,
    take: async () => {
      if (held === null) await replaceOrphan();
      held ??= await claimFreeNode(requests);
      return { isClaimed: held !== null };
    },
    release: () => held?.close(),
  };
}
