import { type AnyActorLogic, createActor, fromObservable, fromPromise, toObserver } from "xstate";
import { enrollMachine } from "../../../machines/enroll.ts";
import { BootError } from "../../errors.ts";
import type { Grid } from "../../policy/grid.ts";
import { seededRandom } from "../seeded-random.ts";
import { SimulatedTime } from "./simulated-time.ts";

/** A farm that powers up, and the registrar that it asks. */
export interface HerdPlan {
  nodes: number;
  /** Requests that the registrar answers within a second; all beyond are told 429. */
  ratePerSecond: number;
  /** What it tells those to wait (Retry-After); 0 for nothing. */
  retryAfterMs: number;
  minutes: number;
  seed: number;
  /** Whether nodes draw their delays; else each takes the mean, and all of them the same. */
  hasJitter: boolean;
}

/** What came of it. */
export interface HerdRun {
  hasJitter: boolean;
  /** Requests in each second. */
  made: number[];
  /** Those of them that were refused. */
  refused: number[];
  /** When each node was enrolled that was, in milliseconds, in order. */
  enrolledMs: number[];
}

/** How long a request takes. */
const requestMs = 50;

/**
 * Requests of each effect at the registrar, where account and node are known, as after a power cut: the account; the node by its
 * twin, and its update; the uptime.
 */
const requestsOf = { ensureAccount: 1, ensureNode: 2, reportUptime: 1 } as const;

const grid: Grid = {
  ...{ registrars: ["https://registrar.grid.tf"], farmId: 1, location: null },
  ...{ gridKey: "/nowhere", caFile: null, nicKinds: [] },
};

/**
 * Lets the machines of many nodes enrol from one moment on, in simulated time: the same for a plan each time. Delays are the
 * machine's own; only one runs at a time, for it takes the place of `Math.random`, from which the machine draws them.
 */
export async function runHerd(plan: HerdPlan): Promise<HerdRun> {
  const time = new SimulatedTime();
  const none = () => Array.from({ length: plan.minutes * 60 + 1 }, () => 0);
  const run: HerdRun = { hasJitter: plan.hasJitter, made: none(), refused: none(), enrolledMs: [] };
  const machine = machineAt(plan, time, run);
  const { random } = Math;
  Math.random = plan.hasJitter ? seededRandom(plan.seed) : () => 0.5;
  const nodes = Array.from({ length: plan.nodes }, () => createActor(machine, { clock: time, input: { grid } }));
  try {
    for (const node of nodes) {
      let isEnrolled = false;
      node.subscribe((snapshot) => {
        if (isEnrolled || !snapshot.matches("enrolled")) return;
        isEnrolled = true;
        run.enrolledMs.push(time.nowMs);
      });
      node.start();
    }
    await time.pass(plan.minutes * 60_000);
  } finally {
    Math.random = random;
    for (const node of nodes) node.stop();
  }
  return run;
}

/** The machine as it is, whose effects ask the simulated registrar; its nodes' addresses never change. */
function machineAt(plan: HerdPlan, time: SimulatedTime, run: HerdRun): typeof enrollMachine {
  const asking = (name: keyof typeof requestsOf, facts: object) =>
    fromPromise(async () => {
      for (let request = 0; request < requestsOf[name]; request += 1) await ask(plan, time, run);
      return facts;
    });
  const actors: Record<keyof typeof requestsOf | "watchInterfaces", AnyActorLogic> = {
    ensureAccount: asking("ensureAccount", { twinId: 5, clockOffsetMs: 0 }),
    ensureNode: asking("ensureNode", { nodeId: 7, farmId: 1, interfaces: [] }),
    reportUptime: asking("reportUptime", { uptimeSeconds: 1 }),
    watchInterfaces: fromObservable(() => ({
      subscribe: (observer) => {
        toObserver(observer);
        return { unsubscribe: () => undefined };
      },
    })),
  };
  return enrollMachine.provide({ actors: actors as object });
}

/** One request, which counts in the second in which it is made. */
async function ask(plan: HerdPlan, time: SimulatedTime, { made, refused }: HerdRun): Promise<void> {
  const second = Math.floor(time.nowMs / 1_000);
  made[second] = (made[second] ?? 0) + 1;
  const isRefused = made[second] > plan.ratePerSecond;
  if (isRefused) refused[second] = (refused[second] ?? 0) + 1;
  await new Promise<void>((resolve) => {
    time.setTimeout(resolve, requestMs);
  });
  if (!isRefused) return;
  throw new BootError("busy", "registrar has too much to do (429)", { retryAfterMs: plan.retryAfterMs });
}
