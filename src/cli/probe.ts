import { Command } from "commander";
import { createActor, toPromise } from "xstate";
import { createEffects } from "../../effects/index.ts";
import { undoProbes } from "../../effects/undo-probes.ts";
import type { NodeSettings } from "../config/load.ts";
import type { Nic, ProbeFacts } from "../contract.ts";
import type { Effects } from "../ports.ts";
import { claimNode, isBootRunning } from "../program/control.ts";
import { exitCode } from "../errors.ts";
import { internetMachine } from "../../machines/internet.ts";
import { compose } from "../program/compose.ts";
import { readLinks } from "../os/ip.ts";
import { readDriver } from "../os/nic-driver.ts";
import { readIdentity } from "../os/identity.ts";
import { hasKernelIpv6 } from "../os/sysctl.ts";
import { choose, withExit } from "../policy/choice.ts";
import { asInUse } from "../policy/in-use.ts";
import { byName, isListed, type Circumstances } from "../policy/selection.ts";
import { networksOf } from "../policy/site.ts";
import { readStatus } from "../program/status-file.ts";
import { createEmbeddedSupervisor } from "../supervisor/embedded.ts";
import { onEnding } from "./ending.ts";
import { type ConfigOptions, settingsFor, withConfigOptions } from "./options.ts";
import { checkNode } from "./preflight.ts";
import { type Findings, reportOf, textOf } from "./report.ts";
import { readInUse, readStanding } from "./standing.ts";
import { readUsedNics, type UsedNic } from "./used-nics.ts";

/** The command `probe`: which NIC would be chosen, why, and what can be served here. */
export function probeCommand(): Command {
  return withConfigOptions(new Command("probe"))
    .description(
      "probe all NICs: which one would a boot choose, why, and what can be served here? changes nothing that lasts",
    )
    .option("--disruptive", "probe NICs in use too, whose addresses and routes are away meanwhile")
    .option("--json", "print the report as JSON")
    .action(probe);
}

interface ProbeOptions extends ConfigOptions {
  json?: boolean;
  disruptive?: boolean;
}

async function probe({ json = false, disruptive = false, ...options }: ProbeOptions): Promise<void> {
  const settings = await settingsFor(options);
  await checkNode(settings.dhcpClient);
  const report = reportOf(await findingsOf(settings, disruptive));
  process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : textOf(report));
  if (report.uplink === null) process.exitCode ??= exitCode.tempFail;
}

/** The NICs of a boot that runs, or that left its network standing, are in use: nothing is probed then. */
async function findingsOf(settings: NodeSettings, isDisruptive: boolean): Promise<Findings> {
  const inUse = await readInUse(new AbortController().signal);
  const status = await readStatus();
  if (inUse.uplink !== null || (status !== null && (await isBootRunning()))) {
    return readStanding(status, inUse, settings);
  }
  return probeAlone(settings, isDisruptive);
}

/**
 * Probes as the only one that changes the node, and gives everything back, also what a probe that was killed still has.
 *
 * @throws BootError `busy` when somebody else has the node
 */
async function probeAlone(settings: NodeSettings, isDisruptive: boolean): Promise<Findings> {
  const stopping = new AbortController();
  const stop = (code: number) => {
    process.exitCode ??= code;
    stopping.abort();
  };
  onEnding(stop);
  const claim = await claimNode({
    stop: () => {
      stop(exitCode.tempFail);
    },
  });
  const touched: string[] = [];
  try {
    await giveBack([]);
    const used = isDisruptive ? [] : await readUsedNics(settings);
    return await probeNow(settings, { used, touched, stopping: stopping.signal });
  } finally {
    claim.close();
    await giveBack(touched);
  }
}

async function giveBack(nics: string[]): Promise<void> {
  const { failures } = await undoProbes({ nics }, { signal: new AbortController().signal });
  if (failures.length === 0) return;
  process.stderr.write(failures.map((failure) => `could not be put back: ${failure}\n`).join(""));
  process.exitCode ??= exitCode.tempFail;
}

interface Probing {
  used: UsedNic[];
  /** Gets the names of the NICs that are probed. */
  touched: string[];
  stopping: AbortSignal;
}

async function probeNow(settings: NodeSettings, { used, touched, stopping }: Probing): Promise<Findings> {
  const effects = createEffects(createEmbeddedSupervisor(), settings);
  const isUsed = (nic: string) => used.some(({ facts }) => facts.nic === nic);
  const listNics: Effects["listNics"] = async (input, control) => {
    const found = await effects.listNics(input, control);
    const nics = found.nics.filter(({ name }) => !isUsed(name));
    touched.push(...nics.map(({ name }) => name).filter((name) => !isListed(name, settings.ignoreNics)));
    return { ...found, nics };
  };
  const actor = createActor(compose(internetMachine, { ...effects, listNics }), {
    input: {
      settings,
      identity: await readIdentity(
        settings.nicKinds,
        await readLinks({ namespace: null, signal: new AbortController().signal }),
      ),
      adopted: null,
      isReportOnly: true,
    },
  });
  stopping.addEventListener("abort", () => {
    actor.stop();
  });
  if (!stopping.aborted) {
    actor.start();
    await toPromise(actor).catch(() => null);
  }
  const { probes, nics, otherLinks } = actor.getSnapshot().context;
  const all = [...probes, ...used.map(({ facts }) => facts)].toSorted((a, b) => byName(a.nic, b.nic));
  return findingsFrom(all, { used, rules: { ...settings, otherLinks }, looked: nics });
}

interface Seen {
  used: UsedNic[];
  rules: Circumstances;
  looked: Nic[];
}

async function findingsFrom(all: ProbeFacts[], { used, rules, looked }: Seen): Promise<Findings> {
  const { verdicts, uplink, exit } = withExit(choose(all, rules), all, rules);
  const known = [...looked, ...used.map(({ nic }) => nic)];
  const hardware = all.map(async ({ nic, mac, mtuBytes, carrierAtMs }) => ({
    nic,
    hasCarrier: known.some(({ name }) => name === nic) ? carrierAtMs !== null : null,
    driver: known.find(({ name }) => name === nic)?.driver ?? (await readDriver(nic)),
    mac,
    mtuBytes,
  }));
  const plan = { uplink, exit, hasIpv6: await hasKernelIpv6() };
  return {
    hardware: await Promise.all(hardware),
    networks: networksOf({ ...plan, nics: verdicts, probes: all.map(asFinal), zos: null, ndmz: null }),
    verdicts: verdicts.map((verdict) => {
      const use = used.find(({ nic }) => nic.name === verdict.nic)?.use;
      return use === undefined ? verdict : asInUse(verdict, use);
    }),
    ...plan,
  };
}

/** What has not come by the time that a report is made counts as absent. */
function asFinal(facts: ProbeFacts): ProbeFacts {
  return { ...facts, pending: [] };
}
