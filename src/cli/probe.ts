import { Command } from "commander";
import { createActor, toPromise } from "xstate";
import { createEffects } from "../../effects/index.ts";
import { undoProbes } from "../../effects/undo-probes.ts";
import type { Settings } from "../contract.ts";
import { isBootRunning } from "../control.ts";
import { exitCode } from "../errors.ts";
import { composeInternet } from "../main.ts";
import { readIdentity } from "../os/identity.ts";
import { choose } from "../policy/selection.ts";
import { readStatus, type Status } from "../status.ts";
import { createEmbeddedSupervisor } from "../supervisor/embedded.ts";
import { configOption, settingsFor } from "./options.ts";
import { checkNode } from "./preflight.ts";

type Report = Pick<Status, "nics" | "uplink" | "exit">;

export function probeCommand(): Command {
  return new Command("probe")
    .description("probe all NICs and tell which one a boot would choose, and why; changes nothing that lasts")
    .addOption(configOption())
    .option("--json", "print the report as JSON")
    .action(probe);
}

async function probe(options: { config?: string; json?: boolean }): Promise<void> {
  const settings = await settingsFor(options);
  await checkNode();
  const report = (await isBootRunning()) ? await readStatus() : await probeNow(settings);
  const { nics, uplink, exit } = report ?? { nics: [], uplink: null, exit: null };
  if (options.json === true) process.stdout.write(`${JSON.stringify({ nics, uplink, exit }, null, 2)}\n`);
  else process.stdout.write(describe(nics));
  if (uplink === null) process.exitCode = exitCode.tempFail;
}

/** A boot that runs has probed the NICs already, and they are its own; otherwise they are probed here. */
async function probeNow(settings: Settings): Promise<Report> {
  const lasting = new AbortController().signal;
  const effects = createEffects(createEmbeddedSupervisor());
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
  const { verdicts, uplink, exit } = choose(probes);
  return { nics: verdicts, uplink, exit };
}

function describe(nics: Report["nics"]): string {
  if (nics.length === 0) return "the node has no NIC\n";
  const width = Math.max(...nics.map(({ nic }) => nic.length));
  return nics.map(({ nic, verdict, reason }) => `${nic.padEnd(width)}  ${verdict.padEnd(8)}  ${reason}\n`).join("");
}
