import { expect, test } from "vitest";
import { metricsOf } from "../../../src/cli/metrics.ts";
import type { Told } from "../../../src/cli/status-report.ts";
import type { Egress } from "../../../src/contract.ts";
import type { Status } from "../../../src/program/status-file.ts";

const egress = (state: Egress["state"]): Egress => ({ state, why: null, since: "2026-01-01T00:00:00Z" });
const found: Status = {
  schema: 1,
  version: "1.2.3",
  pid: 1,
  startedAt: "2026-01-01T00:00:00Z",
  supervisor: "zinit-3",
  configFaults: ["an unknown key"],
  state: "degraded",
  detail: "degraded.wait",
  attempts: 2,
  failure: 'nobody "answers"\n',
  reach: {
    node: { v4: egress("works"), v6: egress("fails") },
    workloads: { v4: egress("absent"), v6: egress("unknown") },
  },
  grid: {
    ...{ state: "retry", registrar: "https://registrar.example", farmId: 1, twinId: 2, nodeId: null, ms: null },
    ...{ clockOffsetMs: -1_500, attempts: 3, failure: null },
  },
  zdb: {
    ...{ answer: "possible", reason: "", address: null, vantage: null, at: null },
    ...{ state: "settled.known", attempts: 0, failure: null },
  },
  states: [{ state: "degraded", ms: 1 }],
  statesLeftOut: 0,
  visits: { degraded: 1, restart: 7 },
  ...{ hasIpv6: true, uplink: null, exit: null, nics: [], probes: [], zos: null, ndmz: null },
};
const told: Told = {
  isRunning: true,
  found,
  services: [
    { service: "dhcp-zos", state: "running", detail: "" },
    { service: "dhcp-ndmz", state: "failed", detail: "" },
  ],
  refused: { hasty: 3, held: 0, nearby: 1, forged: 2 },
  refusal: null,
};

const samplesOf = async (each: Told) => (await metricsOf(each)).split("\n").filter((line) => /^[^#]/.test(line));

test("each metric has a help, a type and its samples, named as Prometheus wants it", async () => {
  const text = await metricsOf(told);
  expect(text).toMatch(/\n$/);
  expect(text).toContain("# TYPE zos_boot_refused_packets_total counter\n");
  for (const line of text.trim().split("\n")) {
    const sample = /^zos_boot_[a-z_]+(\{([a-z]+="[^"\n]*",?)+\})? -?\d+(\.\d+)?$/;
    expect(line === "" || line.startsWith("# ") || sample.test(line), line).toBe(true);
  }
});

test("tells where the boot is, what is reached, and what of resources was dropped", async () => {
  expect(await samplesOf(told)).toEqual(
    expect.arrayContaining([
      "zos_boot_running 1",
      'zos_boot_info{version="1.2.3",supervisor="zinit-3"} 1',
      "zos_boot_start_time_seconds 1767225600",
      'zos_boot_state{state="degraded"} 1',
      'zos_boot_state{state="online"} 0',
      "zos_boot_failed_attempts 2",
      "zos_boot_config_faults 1",
      'zos_boot_step_visits_total{state="restart"} 7',
      'zos_boot_egress{who="node",family="v4"} 1',
      'zos_boot_egress{who="node",family="v6"} 0',
      'zos_boot_egress{who="workloads",family="v4"} 0',
      "zos_boot_enrolled 0",
      "zos_boot_registrar_clock_offset_seconds -1.5",
      "zos_boot_zdb_possible 1",
      'zos_boot_service_running{service="dhcp-zos"} 1',
      'zos_boot_service_running{service="dhcp-ndmz"} 0',
      'zos_boot_refused_packets_total{reason="hasty"} 3',
      'zos_boot_refused_packets_total{reason="held"} 0',
    ]),
  );
});

test("what is not known is left out", async () => {
  const samples = await samplesOf({
    ...told,
    found: { ...found, reach: null, grid: null, zdb: null },
    services: [],
    refused: null,
  });
  expect(samples.filter((line) => /egress|enrolled|registrar|zdb|service|refused/.test(line))).toEqual([]);
  expect((await samplesOf(told)).filter((line) => /"workloads",family="v6"/.test(line))).toEqual([]);
  expect(await samplesOf({ ...told, isRunning: false, found: null, services: [], refused: null })).toEqual([
    "zos_boot_running 0",
  ]);
});
