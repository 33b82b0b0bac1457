import { Command } from "commander";
import { createActor, toPromise } from "xstate";
import { createEffects } from "../../effects/index.ts";
import { undoProbes } from "../../effects/undo-probes.ts";
import type { ProbeFacts, Settings } from "../contract.ts";
import { isBootRunning } from "../control.ts";
import { exitCode } from "../errors.ts";
import { composeInternet } from "../main.ts";
import { readDriver } from "../os/driver.ts";
import { readIdentity } from "../os/identity.ts";
import { hasKernelIpv6 } from "../os/sysctl.ts";
import { choose, withExit } from "../policy/choice.ts";
import { networksOf } from "../policy/site.ts";
import { readStatus } from "../status.ts";
import { createEmbeddedSupervisor } from "../supervisor/embedded.ts";
import { type ConfigOptions, settingsFor, withConfigOptions } from "./options.ts";
import { checkNode } from "./preflight.ts";
import { type Findings, reportOf, textOf } from "./report.ts";
import { readInUse, readStanding } from "./standing.ts";

export function probeCommand(): Command {
  return withConfigOptions(new Command("probe"))
    .description(
      "probe all NICs: which one would a boot choose, why, and what can be served here? changes nothing that lasts",
    )
    .option("--json", "print the report as JSON")
    .action(probe);
}

async function probe({ json = false, ...options }: ConfigOptions & { json?: boolean }): Promise<void> {
  const settings = await settingsFor(options);
  await checkNode(settings.dhcpClient);
  const report = reportOf(await findingsOf(settings));
  process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : textOf(report));
  if (report.uplink === null) process.exitCode ??= exitCode.tempFail;
}

/** The NICs of a boot that runs, or that left its network standing, are in use: nothing is probed then. */
async function findingsOf(settings: Settings): Promise<Findings> {
  const inUse = await readInUse(new AbortController().signal);
  if (inUse.uplink !== null || (await isBootRunning())) return readStanding(await readStatus(), inUse, settings);
  return probeNow(settings);
}

async function probeNow(settings: Settings): Promise<Findings> {
  const lasting = new AbortController().signal;
  const effects = createEffects(createEmbeddedSupervisor(), settings);
  const identity = await readIdentity(settings.nicKinds, lasting);
  const actor = createActor(composeInternet(effects), {
    input: { settings, identity, adopted: null, isReportOnly: true },
  });
  const stop = () => {
    actor.stop();
  };
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  actor.start();
  const output = await toPromise(actor).catch(() => null);
  const { nics, probes } = actor.getSnapshot().context;
  await undoProbes({ nics: nics.map((nic) => nic.name) }, { signal: lasting });
  if (output === null) process.exitCode = 130;
  const { verdicts, uplink, exit } = withExit(choose(probes, settings), probes, settings);
  const hardware = probes.map(async ({ nic, mac, mtuBytes, carrierAtMs }) => ({
    nic,
    hasCarrier: nics.some(({ name }) => name === nic) ? carrierAtMs !== null : null,
    driver: nics.find(({ name }) => name === nic)?.driver ?? (await readDriver(nic)),
    mac,
    mtuBytes,
  }));
  const plan = { uplink, exit, hasIpv6: await hasKernelIpv6() };
  return {
    hardware: await Promise.all(hardware),
    networks: networksOf({ ...plan, nics: verdicts, probes: probes.map(asFinal), zos: null, ndmz: null }),
    verdicts,
    ...plan,
  };
}

/** What has not come by the time that a report is made counts as absent. */
function asFinal(facts: ProbeFacts): ProbeFacts {
  return { ...facts, pending: [] };
}
