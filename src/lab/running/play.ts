import { setTimeout as delay } from "node:timers/promises";
import type { Family } from "../../contract.ts";
import { BootError, messageOf } from "../../errors.ts";
import { names } from "../../policy/names.ts";
import { programTimeoutMs } from "../farm/agent-command.ts";
import { monotonicMs } from "../farm/flow-record.ts";
import { isAlive, isWorking, lossOf, recoveredMsOf } from "../proving/flow-loss.ts";
import { addressesOf } from "../proving/node-addresses.ts";
import { resource } from "../proving/proof.ts";
import { familiesReached } from "../proving/reachability.ts";
import { type Ended, isOutcome } from "../proving/scenario-ending.ts";
import { readSources, straysAmong } from "../proving/strays.ts";
import type { Ending, Scenario, Step } from "../scenarios/scenario.ts";
import { awaitCondition, takeDown } from "./await-condition.ts";
import { changedBetween, commandsSince, type Keepsakes, takeKeepsakes, visitedBetween } from "./keepsakes.ts";
import { perform } from "./perform.ts";
import { missedSight } from "./places.ts";
import { readFlows, type Scene, startFlows, statusOf } from "./scene.ts";

/** When what happened, and what went wrong on the way. */
export interface Course {
  /** From here on nothing may be lost. */
  firstMs: number;
  /** From here on it counts how long recovery takes. */
  beganMs: number;
  endedMs: number;
  troubles: string[];
}

/** Does the steps one after the other; what goes wrong is told, and the next step is done all the same. */
export async function takeSteps(scene: Scene, steps: readonly Step[], say: (line: string) => void): Promise<Course> {
  const firstMs = monotonicMs();
  let beganMs = firstMs;
  const troubles: string[] = [];
  for (const step of steps) {
    say(step.says);
    if (step.isBeginning === true) beganMs = monotonicMs();
    const trouble = await takeStep(scene, step).catch((error: unknown) => messageOf(error));
    if (trouble !== null) {
      troubles.push(`${step.says}: ${trouble}`);
      say(`✗ ${trouble}`);
    }
  }
  return { firstMs, beganMs, endedMs: monotonicMs(), troubles };
}

async function takeStep(scene: Scene, { deeds, until }: Step): Promise<string | null> {
  const since = await takeDown(scene, until);
  for (const deed of deeds) await perform(scene, deed);
  return until === undefined ? null : awaitCondition(scene, until, { ...since, atMs: monotonicMs() });
}

/**
 * Starts the flows; resolves when each of them has had an answer.
 *
 * @throws BootError `timeout`
 */
export async function beginFlows(scene: Scene, withinMs: number): Promise<void> {
  await startFlows(scene);
  const deadline = performance.now() + withinMs;
  for (;;) {
    const silent = await silentFlows(scene);
    if (silent.length === 0) return;
    if (performance.now() > deadline) {
      const seconds = withinMs / 1_000;
      throw new BootError("timeout", `no answer to ${silent.join(", ")} within ${seconds} s on a healthy network`);
    }
    await delay(lookAgainMs);
  }
}

/** Those that have had no answer yet; before their agent has written anything, all. */
async function silentFlows(scene: Scene): Promise<string[]> {
  const records = await readFlows(scene).catch(() => null);
  if (records === null) return ["any flow"];
  return records.flows.filter(({ answered }) => answered === 0).map(({ family, kind }) => `${family}/${kind}`);
}

const lookAgainMs = 100;

/** Waits until all is as promised and has stayed so, or the time for that is over. */
export async function awaitEnding(scene: Scene, { ending }: Scenario, sinceMs: number): Promise<void> {
  const deadline = performance.now() + ending.withinMs;
  let goodSince: number | null = null;
  for (;;) {
    const nowMs = performance.now();
    goodSince = (await isGood(scene, ending, sinceMs)) ? (goodSince ?? nowMs) : null;
    if (goodSince !== null && nowMs - goodSince >= ending.staysMs) return;
    if (nowMs > deadline && (goodSince === null || nowMs > deadline + ending.staysMs)) return;
    await delay(lookAgainMs);
  }
}

async function isGood(scene: Scene, ending: Ending, sinceMs: number): Promise<boolean> {
  if (!isOutcome(statusOf(scene), ending)) return false;
  if ((await brokenFamilies(scene, ending.families, sinceMs)).length > 0) return false;
  const { flows } = scene.flows === null ? { flows: [] } : await readFlows(scene);
  const areKept = flows
    .filter(({ family, kind }) => ending.flows[`${family}/${kind}`]?.isKept === true)
    .every((record) => record.failedMs !== null || isAlive(record, monotonicMs()));
  return areKept && (await missedSights(scene, ending)).length === 0;
}

async function brokenFamilies(scene: Scene, families: readonly Family[], sinceMs: number): Promise<Family[]> {
  if (scene.flows === null) return [...families];
  const { flows } = await readFlows(scene);
  const nowMs = monotonicMs();
  const isBroken = (family: Family) =>
    flows.some((record) => record.family === family && !isWorking(record, sinceMs, nowMs));
  return families.filter(isBroken);
}

async function missedSights({ farm: { node } }: Scene, { sights }: Ending): Promise<Ended["sights"]> {
  const seen = await Promise.all(
    sights.map(async (sight) => ({ says: sight.says, saw: await missedSight(node, sight) })),
  );
  return seen.flatMap(({ says, saw }) => (saw === null ? [] : [{ says, saw }]));
}

/** Looks at everything that was promised, at the end. */
export async function lookAtEnding(
  scene: Scene,
  { ending }: Scenario,
  { before, course }: { before: Keepsakes; course: Course },
): Promise<Ended> {
  const { flows: records, writtenMs } =
    scene.flows === null ? { flows: [], writtenMs: monotonicMs() } : await readFlows(scene);
  const broken = await brokenFamilies(scene, ending.families, course.endedMs);
  const after = await takeKeepsakes(scene);
  return {
    status: statusOf(scene),
    reached: await reachedBy(scene, ending),
    recoveredMs: broken.length > 0 ? null : recoveredMsOf(records, ending.families, course.beganMs),
    brokenFamilies: broken,
    flows: records.map((record) => lossOf(record, course.firstMs, writtenMs)),
    said: await saidBy(scene),
    changed: changedBetween(before, after, ending.keeps),
    visited: visitedBetween(before, after),
    commands: await commandsSince(scene, before),
    sights: await missedSights(scene, ending),
    strays: scene.flows === null ? [] : await straysIn(scene),
  };
}

/** What the program says of itself, to people and to programs. */
async function saidBy({ farm: { node }, bundle }: Scene): Promise<string> {
  const status = ["sh", "-c", '"$@"; "$@" --json; true', "status", process.execPath, bundle, "status"];
  const { stdout } = await node.run(status, { timeoutMs: programTimeoutMs });
  return stdout;
}

/** In which families those get an answer from the Internet of whom something is promised. */
async function reachedBy({ farm: { node }, bundle }: Scene, { reaches }: Ending): Promise<Ended["reached"]> {
  const places = [
    ["node", null],
    ["resource", resource],
  ] as const;
  const meant = places.filter(([who]) => reaches[who] !== undefined);
  const tried = await Promise.all(
    meant.map(async ([who, namespace]) => [who, await familiesReached({ node, bundle }, namespace)] as const),
  );
  return Object.fromEntries(tried);
}

async function straysIn({ farm: { node, routers }, offers, scenario }: Scene): Promise<string[]> {
  const places = [
    { iface: names.toResources, namespace: names.ndmz },
    { iface: names.resource, namespace: resource },
  ];
  const isOfResource = scenario.flowsOf === "resource";
  const inward = await Promise.all(
    places.map(({ iface, namespace }) =>
      addressesOf(node, iface, namespace).then(
        ({ ipv4, ipv6 }) => [...ipv4, ...ipv6],
        () => [],
      ),
    ),
  );
  const found = await Promise.all(
    routers.map(async (plan) =>
      straysAmong(await readSources(plan), {
        offers: [plan.router, ...(offers.get(plan.segment) ?? [])],
        inward: isOfResource ? inward.flat() : [],
      }).map((source) => `${source} at ${plan.namespace}`),
    ),
  );
  return found.flat();
}
