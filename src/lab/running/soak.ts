import { setTimeout as delay } from "node:timers/promises";
import { messageOf } from "../../errors.ts";
import { monotonicMs } from "../farm/flow-record.ts";
import { isWorking, recoveredMsOf } from "../proving/flow-loss.ts";
import { type Fault, faults, idleLayout, soakLayout } from "../scenarios/faults.ts";
import { takeSteps } from "./play.ts";
import { type Figures, lastingProcesses, measureQuietMinute, readFigures } from "./process-figures.ts";
import { getOnline, giveBack, openScene } from "./run-scenario.ts";
import { readFlows, type Scene, statusOf } from "./scene.ts";
import { seededRandom } from "../seeded-random.ts";

/** How many faults, drawn from which seed. */
export interface SoakOptions {
  bundle: string;
  /** How many faults happen. */
  count: number;
  /** Which ones, and in which order: the same for the same seed. */
  seed: number;
}

const families = ["v4", "v6"] as const;
/** Until all is well after a fault; a program that looks at itself each half minute may need two looks. */
const healedMs = 120_000;
/** It must stay so. */
const staysMs = 2_000;
/** Late leases, and what a program does once after a mend. */
const calmMs = 30_000;
/** A node that does not come back would fail every fault after that too. */
const mostFailuresInARow = 3;

/**
 * Lets random faults happen to one node that goes on running, and compares what it has at the end with the start.
 *
 * @returns the exit code: 0 when it came back each time and nothing has grown
 */
export async function soak({ bundle, count, seed }: SoakOptions): Promise<number> {
  say(`${count} faults, seed ${seed}, on ${soakLayout.name}`);
  const { scene, close } = await openScene({ layout: soakLayout, flowsOf: "resource", families }, bundle);
  await scene.subject.start();
  await getOnline(scene, say);
  await delay(calmMs);
  const before = await readFigures(scene.farm.node);
  const earlier = await lastingProcesses(scene.farm.node);
  const failures = await happen(scene, drawFaults(count, seed));
  await delay(calmMs);
  const after = await readFigures(scene.farm.node);
  const added = addedTo(earlier, await lastingProcesses(scene.farm.node));
  const grown = [...grownBetween(before, after, count), ...added.map((title) => `one more process: ${title}`)];
  say("");
  for (const line of renderFigures(before, after)) say(line);
  const unended = await giveBack(scene);
  for (const line of [...failures, ...grown, ...unended]) say(`✗ ${line}`);
  const isGood = failures.length + grown.length + unended.length === 0;
  say(`${isGood ? "✓" : "✗"} ${count} faults with seed ${seed}: ${failures.length} of them not mended`);
  await close();
  return isGood ? 0 : 1;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Which faults happen, in order. */
export function drawFaults(count: number, seed: number): Fault[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => faults[Math.floor(random() * faults.length)]).filter(
    (fault) => fault !== undefined,
  );
}

async function happen(scene: Scene, drawn: readonly Fault[]): Promise<string[]> {
  const failures: string[] = [];
  let inARow = 0;
  for (const [index, fault] of drawn.entries()) {
    const { beganMs, endedMs, troubles } = await takeSteps(scene, fault.steps, () => undefined);
    const missing = await healed(scene, endedMs);
    const problems = [...troubles, ...(missing === null ? [] : [missing])].map(
      (problem) => `${fault.name}: ${problem}`,
    );
    const { flows } = await readFlows(scene);
    const back = recoveredMsOf(flows, families, beganMs);
    const figures = [`${back ?? "–"} ms`.padStart(9), `fault ${(endedMs - beganMs).toFixed(0)} ms`.padStart(16)].join(
      "",
    );
    say(`${problems.length === 0 ? "✓" : "✗"} ${String(index + 1).padStart(4)}  ${fault.name.padEnd(26)}${figures}`);
    for (const problem of problems) say(`       ${problem}`);
    failures.push(...problems);
    inARow = missing === null ? 0 : inARow + 1;
    if (inARow === mostFailuresInARow) return [...failures, `the node did not come back ${inARow} times in a row`];
  }
  return failures;
}

/** Waits until the node is online and new flows work, for some time; gives what is missing when that does not come. */
async function healed(scene: Scene, sinceMs: number): Promise<string | null> {
  const deadline = monotonicMs() + healedMs;
  let goodSince: number | null = null;
  for (;;) {
    const missing = await missingNow(scene, sinceMs).catch((error: unknown) => messageOf(error));
    const nowMs = monotonicMs();
    goodSince = missing === null ? (goodSince ?? nowMs) : null;
    if (goodSince !== null && nowMs - goodSince > staysMs) return null;
    if (nowMs > deadline) return `not well within ${healedMs / 1_000} s: ${missing ?? "it does not stay so"}`;
    await delay(100);
  }
}

async function missingNow(scene: Scene, sinceMs: number): Promise<string | null> {
  const status = statusOf(scene);
  if (status?.state !== "online") return `${status?.detail ?? "no status"}, ${status?.failure ?? ""}`;
  const { flows } = await readFlows(scene);
  const silent = flows.filter((record) => !isWorking(record, sinceMs, monotonicMs()));
  return silent.length === 0
    ? null
    : `no answer to ${silent.map(({ family, kind }) => `${family}/${kind}`).join(", ")}`;
}

/** By how much a figure may have grown, for a program that was started anew meanwhile, too. */
const mayGrow: Figures = { namespaces: 0, links: 0, processes: 0, files: 4, residentKib: 30 * 1_024, logBytes: 0 };
/** A log with every command in it. */
const logBytesOfFault = 200 * 1_024;

function grownBetween(before: Figures, after: Figures, count: number): string[] {
  const allowed = { ...mayGrow, logBytes: count * logBytesOfFault };
  return (Object.keys(before) as (keyof Figures)[])
    .filter((key) => after[key] > before[key] + allowed[key])
    .map((key) => `${key} grew from ${before[key]} to ${after[key]}, by more than ${allowed[key]}`);
}

/** The titles of which there are more than before. */
function addedTo(before: readonly string[], after: readonly string[]): string[] {
  const left = [...before];
  return after.filter((title) => {
    const at = left.indexOf(title);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

function renderFigures(before: Figures, after: Figures): string[] {
  const rows = (Object.keys(before) as (keyof Figures)[]).map((key) => [key, String(before[key]), String(after[key])]);
  return [["", "at the start", "at the end"], ...rows].map(
    ([name = "", was = "", is = ""]) => `${name.padEnd(12)}${was.padStart(14)}${is.padStart(14)}`,
  );
}

/**
 * Measures a quiet minute of a node that is online.
 *
 * @returns the exit code: 0 when at most one command was run, and not a line logged that people would see
 */
export async function measureIdle(bundle: string): Promise<number> {
  const { scene, close } = await openScene({ layout: idleLayout, flowsOf: "resource", families }, bundle);
  await scene.subject.start();
  await getOnline(scene, say);
  await scene.flows?.signal("SIGKILL");
  const { commands, lines, wakeUps, cpuMs, residentKib } = await measureQuietMinute(scene.farm.node);
  say("in a quiet minute of a node that is online:");
  say(`  commands    ${commands}, at most 1`);
  say(`  log lines   ${lines} at info and above, none expected`);
  say(`  wake-ups    ${wakeUps}`);
  say(`  CPU         ${cpuMs} ms`);
  say(`  resident    ${(residentKib / 1_024).toFixed(1)} MiB`);
  const unended = await giveBack({ ...scene, flows: null });
  for (const line of unended) say(`✗ ${line}`);
  await close();
  return commands <= 1 && lines === 0 && unended.length === 0 ? 0 : 1;
}
