import * as v from "valibot";
import { expect, test } from "vitest";
import type { Stage } from "../../src/contract.ts";
import { followSteps } from "../../src/program/follow-steps.ts";
import { type Status, statusOf } from "../../src/program/status-file.ts";
import { statusReportSchema, statusSchema } from "../../src/program/status-schema.ts";
import { deadWire, ipv4Wire, type Wire } from "./farm.ts";
import { advert, publicLease } from "./samples.ts";
import { World } from "./worlds.ts";

const origin = {
  ...{ version: "1", pid: 1, startedAt: "2026-01-01T00:00:00Z", supervisor: "embedded" },
  configFaults: ["zos-boot.yaml: unknown key isolaton"],
} as const satisfies Partial<Status>;
const dualStack: Wire = { ...ipv4Wire, advert };

/** Keeps every status that a boot would write, as others read it. */
function statusesOf(world: World): () => Status[] {
  const texts = new Set<string>();
  const clock = () => world.clock.nowMs;
  world.inspectors.push(
    followSteps(clock, (view) => {
      texts.add(JSON.stringify(statusOf(view, { ...origin, configFaults: [...origin.configFaults] }, clock())));
    }),
  );
  return () => [...texts].map((text) => JSON.parse(text) as Status);
}

test.each<[string, Record<string, Wire>, Stage]>([
  ["comes online and loses its uplink", { eth0: dualStack, eth1: { ...dualStack, lease: publicLease } }, "all"],
  ["gets no IPv6", { eth0: ipv4Wire, eth1: deadWire }, "all"],
  ["has no NIC with a network", { eth0: deadWire }, "all"],
  ["is a one-shot", { eth0: dualStack }, "internet"],
  ["waits for the one-shot", { eth0: dualStack }, "networkd"],
])(
  "every status of a boot that %s is as the schema has it, with nothing that is not described",
  async (_, wires, stage) => {
    const world = new World(wires, stage);
    const statuses = statusesOf(world);
    world.start();
    await world.passes(120_000);
    world.farm.rewire("eth0", deadWire);
    await world.passes(120_000);
    if (stage !== "internet") world.stop();
    await world.passes(1_000);
    expect(statuses().length).toBeGreaterThan(3);
    for (const status of statuses()) {
      expect(v.parse(statusSchema, status)).toEqual(status);
      const report = {
        isRunning: true,
        ...status,
        supervisor: { kind: status.supervisor, services: [] },
        refused: null,
      };
      expect(v.parse(statusReportSchema, report)).toEqual(report);
    }
  },
);
