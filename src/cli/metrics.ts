import { Counter, Gauge, Registry } from "prom-client";
import type { Egress } from "../contract.ts";
import { stepNames } from "../policy/steps.ts";
import type { Status } from "../program/status-file.ts";
import type { Told } from "./status-report.ts";

/**
 * What is counted and measured of a boot, for Prometheus, in its text format 0.0.4, as node_exporter's textfile collector reads
 * it. What is not known is left out.
 */
export function metricsOf({ isRunning, found, services, refused }: Told): Promise<string> {
  const { gauge, counter, registry } = createMetrics();
  gauge("running", "Whether a boot runs on this node", [[{}, isRunning]]);
  if (found !== null) {
    tellBoot(found, { gauge, counter });
    tellGrid(found, { gauge });
    gauge(
      "service_running",
      "Whether its supervisor runs a service of the boot",
      services.map(({ service, state }) => [{ service }, state === "running"]),
    );
  }
  const dropped = Object.entries(refused ?? {}).map(([reason, packets]): Sample => [{ reason }, packets]);
  counter("refused_packets_total", "Packets of resources that were dropped since their rules were last set", dropped);
  return registry.metrics();
}

/** Labels, and what has them. */
type Sample = [labels: Record<string, string>, value: number | boolean];
type Tell = (name: string, help: string, samples: readonly Sample[]) => void;

/** A metric without a sample is not there. */
function createMetrics(): { registry: Registry; gauge: Tell; counter: Tell } {
  const registry = new Registry();
  const begin = (name: string, help: string, samples: readonly Sample[]) => ({
    ...{ name: `zos_boot_${name}`, help, registers: [registry] },
    labelNames: Object.keys(samples[0]?.[0] ?? {}),
  });
  const gauge: Tell = (name, help, samples) => {
    if (samples.length === 0) return;
    const metric = new Gauge(begin(name, help, samples));
    for (const [labels, value] of samples) metric.set(labels, Number(value));
  };
  const counter: Tell = (name, help, samples) => {
    if (samples.length === 0) return;
    const metric = new Counter(begin(name, help, samples));
    for (const [labels, value] of samples) metric.inc(labels, Number(value));
  };
  return { registry, gauge, counter };
}

function tellBoot(found: Status, { gauge, counter }: { gauge: Tell; counter: Tell }): void {
  const { version, supervisor, startedAt, state, attempts, configFaults, visits, reach } = found;
  gauge("info", "The program that runs, or ran last", [[{ version, supervisor }, 1]]);
  gauge("start_time_seconds", "When it began, since the epoch", [[{}, Date.parse(startedAt) / 1_000]]);
  gauge(
    "state",
    "Which step the boot is at",
    stepNames.map((step) => [{ state: step }, step === state]),
  );
  gauge("failed_attempts", "Attempts of the current step that failed", [[{}, attempts]]);
  gauge("config_faults", "Faults in the configuration, which are left out", [[{}, configFaults.length]]);
  counter(
    "step_visits_total",
    "How often each step was visited",
    stepNames.map((step) => [{ state: step }, visits[step] ?? 0]),
  );
  const { node, workloads } = reach ?? {};
  const tried = Object.entries({ node, workloads }).flatMap(([who, egress]) =>
    egress === undefined
      ? []
      : Object.entries(egress).map(([family, each]: [string, Egress]) => ({ who, family, state: each.state })),
  );
  gauge(
    "egress",
    "Whether the Internet was last found to be reached",
    tried
      .filter(({ state: egress }) => egress !== "unknown")
      .map(({ who, family, state: egress }) => [{ who, family }, egress === "works"]),
  );
}

function tellGrid({ grid, zdb }: Status, { gauge }: { gauge: Tell }): void {
  if (grid !== null) {
    gauge("enrolled", "Whether the grid knows the node", [[{}, grid.nodeId !== null]]);
    if (grid.clockOffsetMs !== null)
      gauge("registrar_clock_offset_seconds", "By how much the registrar's clock is ahead", [
        [{}, grid.clockOffsetMs / 1_000],
      ]);
  }
  if (zdb !== null && zdb.answer !== "unknown")
    gauge("zdb_possible", "Whether the Internet reaches what the node serves over IPv6", [
      [{}, zdb.answer === "possible"],
    ]);
}
