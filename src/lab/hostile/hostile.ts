import { copyFile, readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { messageOf } from "../../errors.ts";
import { run } from "../../os/run.ts";
import { monotonicMs } from "../farm/flow-record.ts";
import { switchOf } from "../farm/nic-cables.ts";
import type { LabNode } from "../farm/node.ts";
import { labDir } from "../farm/sandbox.ts";
import { echoPort } from "../farm/simulated-internet.ts";
import { internet } from "../layouts/topology.ts";
import { isWorking } from "../proving/flow-loss.ts";
import { giveBack, openScene, stderrFile } from "../running/run-scenario.ts";
import { attachResource, readFlows, type Scene, sceneOf, startFlows, statusOf } from "../running/scene.ts";
import { createSubject, subjectLog } from "../running/subject.ts";
import { type Attack, kindsOf, startAttack } from "./attack.ts";
import { figuresOf, grownBetween, kernelBugs, readHarm, readUsage, type Usage } from "./harm.ts";
import { hostileLayout } from "./hostile-layout.ts";
import { type Block, planOf, planOfOne, type Round } from "./plan.ts";
import { lostBetween, readOutward6, readStanding } from "./standing.ts";

/** How many hostile packets, drawn from which seed. */
export interface HostileOptions {
  bundle: string;
  count: number;
  /** Which ones, and in which order: the same for the same seed. */
  seed: number;
  /** Only the packet of this number, many times; or null. */
  only: number | null;
  /** Only packets of kinds whose names begin so; or null. */
  kind: string | null;
  /** Where to keep all packets; or null. */
  log: string | null;
}

const families = ["v4", "v6"] as const;
const prefix = "2001:db8:1:";
/**
 * Until all is as it was when nobody is hostile any more: what no event tells is found at the next trial of connections by the clock,
 * in 375 s at most (`selfCheck`), and mended then.
 */
const healedMs = 420_000;
/** Who looks on is told so often what is waited for. */
const tellMs = 30_000;
/** It must stay so. */
const staysMs = 2_000;
/** Late leases, and what a program does once after a boot. */
const calmMs = 10_000;
const timesOfOne = 40;
/** Whatever strangers can make long. */
const mostSaid = 600;
/** Of the log and of a line. */
const [mostTold, mostWidth] = [30, 250];
const packetLog = `${labDir}/hostile.jsonl`;

/** A run that goes on. */
interface Hostility {
  attack: Attack;
  times: number;
  bugs: number;
  frames: number;
  failures: string[];
}

/**
 * Sends hostile packets to a node, in each of the first rounds while it boots, then while it is booted, and looks after each round
 * whether anything came of it that lasts.
 *
 * @returns the exit code: 0 when nothing ran, crashed or grew, and all that worked works again
 */
export async function hostile({ bundle, count, seed, only, kind, log }: HostileOptions): Promise<number> {
  const { scene: first, close } = await openScene({ layout: hostileLayout, flowsOf: "resource", families }, bundle);
  await hearEverything();
  const attack = await startAttack(bundle, seed, packetLog);
  const kinds = kindsOf(attack.kinds, kind);
  const { booting, booted } = only === null ? planOf(kinds, count, seed) : planOfOne(kinds, only, seed);
  const times = only === null ? 1 : timesOfOne;
  const hostility: Hostility = { attack, times, bugs: await kernelBugs(), frames: 0, failures: [] };
  say(`${only === null ? count : `number ${only} of`} packets of ${kinds.length} kinds, seed ${seed}`);
  let scene = first;
  for (const [index, round] of booting.entries()) {
    if (index > 0) scene = await rebooted(scene);
    await note(hostility, { name: `boot ${index + 1}`, round }, () => bootUnder(scene, hostility, round));
  }
  if (booted.length > 0) {
    scene = await rebooted(scene);
    await whileBooted(scene, hostility, booted);
  }
  await attack.end();
  const unended = await giveBack(scene);
  const failures = [...hostility.failures, ...unended];
  for (const line of failures) say(`✗ ${line}`);
  say(`${failures.length === 0 ? "✓" : "✗"} ${hostility.frames} frames, seed ${seed}: ${failures.length} failures`);
  if (log !== null) await copyFile(packetLog, log);
  await Promise.all([close(), scene.farm.close()]); // The node is another one since it was rebooted.
  return failures.length === 0 ? 0 : 1;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** The segment's switch sends every frame to all ports, as one does whose table an attacker has filled. */
async function hearEverything(): Promise<void> {
  const segments = hostileLayout.segments.map(({ name }) => switchOf(name));
  for (const namespace of segments)
    await run(["ip", "-n", namespace, "link", "set", "switch", "type", "bridge", "ageing_time", "0"]);
}

/** The node's power is cut. */
async function rebooted(scene: Scene): Promise<Scene> {
  await scene.flows?.signal("SIGKILL");
  const farm = await scene.farm.reboot();
  const subject = createSubject(farm.node, { bundle: scene.bundle, manager: "none", stderrFile });
  return sceneOf(scene.scenario, { farm, bundle: scene.bundle, subject });
}

/** What came of a round, and after how long all was well. */
interface Findings {
  problems: string[];
  wellMs: number;
  usage: Usage;
}

/** Prints what came of a round, and keeps what went wrong. */
async function note(
  { failures }: Hostility,
  { name, round }: { name: string; round: Round },
  happen: () => Promise<Findings>,
): Promise<void> {
  const { problems, wellMs, usage } = await happen();
  const [first, last] = [round[0], round.at(-1)];
  const range = `packets ${first?.from ?? 0} to ${(last?.from ?? 0) + (last?.count ?? 0) - 1}`;
  const seconds = `${(wellMs / 1_000).toFixed(1).padStart(5)} s`;
  say(
    `${problems.length === 0 ? "✓" : "✗"} ${name.padEnd(10)} ${range.padEnd(24)} well after ${seconds}  ${figuresOf(usage)}`,
  );
  if (problems.length > 0) say(`       ${round.map(({ kind, from }) => `${kind} ${from}`).join(", ")}`);
  for (const problem of problems) say(`       ${problem.slice(0, mostSaid)}`);
  failures.push(...problems.map((problem) => `${name}, ${range}: ${problem.slice(0, mostSaid)}`));
}

async function send(scene: Scene, hostility: Hostility, blocks: readonly Block[]): Promise<void> {
  for (const block of blocks) {
    await hostility.attack.aim(scene.farm);
    hostility.frames += await hostility.attack.send(block, hostility.times);
  }
}

async function bootUnder(scene: Scene, hostility: Hostility, round: Round): Promise<Findings> {
  await scene.subject.start();
  await send(scene, hostility, round);
  const sinceMs = monotonicMs();
  const missing = await awaitWell(sinceMs, () => brokenNow(scene, sinceMs));
  const harm = await readHarm(scene.farm.node, hostility.bugs);
  if (missing !== null) await sayWhy(scene);
  const wellMs = monotonicMs() - sinceMs;
  const problems = [...harm, ...(missing === null ? [] : [missing])];
  return { problems, wellMs, usage: await readUsage(scene.farm.node) };
}

async function whileBooted(scene: Scene, hostility: Hostility, rounds: readonly Round[]): Promise<void> {
  const { node } = scene.farm;
  await scene.subject.start();
  const trouble = await awaitWell(monotonicMs(), () => brokenNow(scene, 0));
  if (trouble !== null) hostility.failures.push(`before the first round: ${trouble}`);
  await delay(calmMs);
  const [standing, usage] = await Promise.all([readStanding(node, prefix), readUsage(node)]);
  for (const [index, round] of rounds.entries()) {
    await note(hostility, { name: `round ${index + 1}`, round }, async () => {
      await send(scene, hostility, round);
      const sinceMs = monotonicMs();
      const missing = await awaitWell(sinceMs, async () => {
        const broken = await brokenNow(scene, sinceMs);
        const lost = broken ?? lostBetween(standing, await readStanding(node, prefix)).join("; ");
        return lost === "" ? null : lost;
      });
      const well = monotonicMs() - sinceMs;
      if (missing !== null) await sayWhy(scene);
      const used = await readUsage(node);
      const problems = [...(await readHarm(node, hostility.bugs)), ...grownBetween(usage, used)];
      return { problems: [...problems, ...(missing === null ? [] : [missing])], wellMs: well, usage: used };
    });
  }
}

/** What one would look at first. */
async function sayWhy({ farm: { node }, bundle }: Scene): Promise<void> {
  const status = await node.run(["sh", "-c", '"$@"; true', "status", process.execPath, bundle, "status"]);
  const log = (await readFile(node.root + subjectLog, "utf8")).trimEnd().split("\n");
  const told = log.filter((line) => !line.includes('"msg":"command"')).slice(-mostTold);
  const seen = await readOutward6(node);
  for (const line of [...status.stdout.split("\n"), ...told, ...seen]) say(`         ${line.slice(0, mostWidth)}`);
}

/** Waits until nothing is missing, for some time; gives what is missing when that does not come. */
async function awaitWell(sinceMs: number, missingNow: () => Promise<string | null>): Promise<string | null> {
  let goodSince: number | null = null;
  let toldMs = sinceMs;
  for (;;) {
    const missing = await missingNow().catch((error: unknown) => messageOf(error));
    const nowMs = monotonicMs();
    goodSince = missing === null ? (goodSince ?? nowMs) : null;
    if (missing !== null && nowMs > toldMs + tellMs) {
      say(`  after ${((nowMs - sinceMs) / 1_000).toFixed(0).padStart(3)} s   ${missing.slice(0, mostSaid)}`);
      toldMs = nowMs;
    }
    if (goodSince !== null && nowMs - goodSince > staysMs) return null;
    if (nowMs > sinceMs + healedMs) return `not well within ${healedMs / 1_000} s: ${missing ?? "it does not stay so"}`;
    await delay(200);
  }
}

async function brokenNow(scene: Scene, sinceMs: number): Promise<string | null> {
  const status = statusOf(scene);
  if (status?.state !== "online") return `${status?.detail ?? "no status"}, ${status?.failure ?? ""}`;
  if (scene.flows === null) {
    await attachResource(scene);
    await startFlows(scene);
  }
  const { flows } = await readFlows(scene);
  const silent = flows.filter((record) => !isWorking(record, sinceMs, monotonicMs()));
  const unreached = await unreachedBy(scene.farm.node);
  const missing = [...silent.map(({ family, kind }) => `${family}/${kind}`), ...unreached];
  return missing.length === 0 ? null : `no answer to ${missing.join(", ")}`;
}

/** The families in which the node itself reaches nothing. */
async function unreachedBy(node: LabNode): Promise<string[]> {
  const found = await Promise.all(
    [internet.http4, internet.http6].map((host) =>
      node.run(["nc", "-z", "-w", "1", host, String(echoPort)]).then(
        () => [],
        () => [`the node's own to ${host}`],
      ),
    ),
  );
  return found.flat();
}
