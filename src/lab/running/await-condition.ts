import { setTimeout as delay } from "node:timers/promises";
import { names } from "../../policy/names.ts";
import { monotonicMs } from "../farm/flow-record.ts";
import { isWorking } from "../proving/flow-loss.ts";
import { addressesOf } from "../proving/node-addresses.ts";
import { acknowledgements } from "../proving/supervision.ts";
import type { Condition } from "../scenarios/scenario.ts";
import { missedSight } from "./places.ts";
import { readFlows, type Scene, statusOf } from "./scene.ts";

/** Looking costs a process each time, so not more often than this; the status is a file. */
const lookAgainMs = { sight: 200, renewals: 200, status: 50, traffic: 50 } as const;

/** What must be known from before a step to tell whether its condition has come. */
export interface Since {
  atMs: number;
  renewals: number;
}

/** Takes that down; to be called before the step. */
export async function takeDown(scene: Scene, condition: Condition | undefined): Promise<Since> {
  return { atMs: monotonicMs(), renewals: condition?.kind === "renewals" ? await renewalsSoFar(scene) : 0 };
}

/** Waits for a condition; gives why it did not come in time, or null when it did. */
export async function awaitCondition(scene: Scene, condition: Condition, since: Since): Promise<string | null> {
  const deadline = performance.now() + condition.withinMs;
  for (;;) {
    const missing = await missingOf(scene, condition, since);
    if (missing === null) return null;
    if (performance.now() > deadline) return `not within ${condition.withinMs / 1_000} s: ${missing}`;
    await delay(lookAgainMs[condition.kind]);
  }
}

async function missingOf(scene: Scene, condition: Condition, since: Since): Promise<string | null> {
  switch (condition.kind) {
    case "sight": {
      const saw = await missedSight(scene.farm.node, condition.sight);
      return saw === null ? null : `${condition.sight.says}; seen: ${saw}`;
    }
    case "status": {
      const status = statusOf(scene);
      return condition.matches.test(JSON.stringify({ ...status, states: [] }))
        ? null
        : `${condition.says}; it says ${status?.detail ?? "nothing"}`;
    }
    case "traffic": {
      const { flows } = await readFlows(scene);
      const silent = flows
        .filter(({ family }) => condition.families.includes(family))
        .filter((record) => !isWorking(record, since.atMs, monotonicMs()));
      return silent.length === 0
        ? null
        : `${silent.map(({ family, kind }) => `${family}/${kind}`).join(", ")} works again`;
    }
    case "renewals": {
      const renewed = (await renewalsSoFar(scene)) - since.renewals;
      return renewed >= condition.count ? null : `${condition.count} renewals; there were ${renewed}`;
    }
  }
}

/** An address that zos has lost is renewed by nobody. */
async function renewalsSoFar({ farm }: Scene): Promise<number> {
  const [address] = (await addressesOf(farm.node, names.bridge)).ipv4;
  return address === undefined ? 0 : acknowledgements(farm, address);
}
