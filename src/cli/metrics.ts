import { Counter, Gauge, Registry } from "prom-client";
import type { Reach } from "../contract.ts";
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
  const tellAs =
    (Metric: typeof Gauge | typeof Counter): Tell =>
    (name, help, samples) => {
      const [first] = samples;
      if (first === undefined) return;
      const labelNames = Object.keys(first[0]);
      const metric = new Metric({ name: `zos_boot_${name}`, help, labelNames, registers: [registry] });
      for (const [labels, value] of samples) metric.inc(labels, Number(value));
    };
  return { registry, gauge: tellAs(Gauge), counter: tellAs(Counter) };
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
  gauge("egress", "Whether the Internet was last found to be reached", reach === null ? [] : egressSamples(reach));
}

function egressSamples(reach: Reach): Sample[] {
  const whose = (["node", "workloads"] as const).flatMap((who) =>
    (["v4", "v6"] as const).map((family) => ({ labels: { who, family }, state: reach[who][family].state })),
  );
  return whose.filter(({ state }) => state !== "unknown").map(({ labels, state }) => [labels, state === "works"]);
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
