import { readFile } from "node:fs/promises";
import { BootError, messageOf } from "../../errors.ts";
import { buildFarm } from "../farm/farm.ts";
import { monotonicMs } from "../farm/flow-record.ts";
import type { LabNode } from "../farm/node.ts";
import type { Program } from "../farm/program.ts";
import { labDir } from "../farm/sandbox.ts";
import { startEcho } from "../farm/simulated-internet.ts";
import { leftoversBetween } from "../proving/leftovers.ts";
import { resource } from "../proving/proof.ts";
import { type Snapshot, takeSnapshot } from "../proving/snapshot.ts";
import type { Ended } from "../proving/scenario-ending.ts";
import { watchSources } from "../proving/strays.ts";
import { commonMarks } from "../proving/twins.ts";
import type { Scenario } from "../scenarios/scenario.ts";
import { awaitStatus } from "./await-status.ts";
import { type Keepsakes, takeKeepsakes } from "./keepsakes.ts";
import { perform } from "./perform.ts";
import { awaitEnding, beginFlows, type Course, lookAtEnding, takeSteps } from "./play.ts";
import { attachResource, type Scene, sceneOf, statusOf } from "./scene.ts";
import { renderFlows, renderVerdict, reportOf, type ScenarioReport, withTwin } from "./scenario-report.ts";
import { createSubject, subjectLog } from "./subject.ts";

/** Which scenario is played, and how. */
export interface ScenarioOptions {
  scenario: Scenario;
  /** Path of the program under test. */
  bundle: string;
  /** One JSON object on stdout instead of lines for people. */
  isJson: boolean;
}

/** Where the program under test writes its stderr. */
export const stderrFile = `${labDir}/up.stderr`;
const onlineMs = 60_000;
const flowsMs = 30_000;
const downMs = 60_000;

/**
 * Plays a scenario on a node of a new farm, inside a sandbox: boots it, lets flows run, does what the scenario says, and
 * looks at what has come of it.
 *
 * @returns the exit code: 0 when everything was as the scenario promises, else 1
 */
export async function runScenario({ scenario, bundle, isJson }: ScenarioOptions): Promise<number> {
  const print = (lines: readonly string[]) => lines.forEach((line) => process.stdout.write(`${line}\n`));
  const say = isJson ? () => undefined : print;
  const { name, summary, layout } = scenario;
  say([`${name}: ${summary}`, ...(layout.name === name ? [] : [`on ${layout.name}: ${layout.summary}`])]);
  const { scene, twin, close } = await openScene(scenario, bundle);
  const startedMs = monotonicMs();
  const tell = (line: string) => say([`${((monotonicMs() - startedMs) / 1_000).toFixed(1).padStart(6)} s  ${line}`]);
  const played = await Promise.all([
    play(scene, scenario, tell),
    ...(twin === null ? [] : [play(twin, { ...scenario, steps: [] }, (line) => tell(`twin: ${line}`))]),
  ]);
  const [ended, common] = await Promise.all([
    Promise.all(played.map(async (each) => ({ ...each, ended: await lookAtEnding(each.scene, scenario, each) }))),
    twin === null ? [] : commonMarks(scene.farm.node, twin.farm.node),
  ]);
  tell("the program is ended and the node given back");
  const [own, ...others] = await Promise.all(ended.map((each) => conclude(scenario, each)));
  const report = withTwin(own, others, common);
  if (isJson) print([JSON.stringify(report)]);
  else say([...renderFlows(report.flows), ...renderVerdict(report)]);
  if (report.problems.length > 0) await warn(scene, report, isJson);
  await close();
  return report.problems.length === 0 ? 0 : 1;
}

/** Gives a node back, and tells all that came of it. */
async function conclude(scenario: Scenario, { scene, snapshot, course, ended }: Played & { ended: Ended }) {
  const unended = await giveBack(scene);
  const different = await leftoversBetween(snapshot, await takeSnapshot(scene.farm.node));
  const leftovers = [...unended, ...different.filter((thing) => !isDoing(scenario, thing))];
  return reportOf(scenario, ended, { troubles: course.troubles, leftovers });
}

/** Whether something is different because the scenario made it so. */
function isDoing({ steps, ending }: Scenario, thing: string): boolean {
  const moved = steps.flatMap(({ deeds }) => deeds).flatMap((deed) => (deed.kind === "nic" ? [deed.nic] : []));
  return moved.some((nic) => thing.startsWith(`link ${nic}`)) || ending.leaves.some((pattern) => pattern.test(thing));
}

/** Builds the farm of a scenario, with an echo server in its Internet; nothing runs on the node. */
export async function openScene(
  wanted: Scene["scenario"] & Partial<Pick<Scenario, "settings" | "lateNics" | "manager" | "begins" | "prepares">>,
  bundle: string,
): Promise<{ scene: Scene; twin: Scene | null; close: () => Promise<void> }> {
  const { layout, settings = [], lateNics = [], manager = "none", begins, prepares = [] } = wanted;
  const present = { ...layout, nics: layout.nics.filter(({ name }) => !lateNics.includes(name)) };
  const farm = await buildFarm(present, bundle, settings);
  const [echo] = await Promise.all([startEcho(bundle), ...farm.routers.map(watchSources)]);
  const sceneOn = async (node: LabNode) => {
    const subject = createSubject(node, { bundle, manager, stderrFile });
    if (begins !== "before") await subject.install();
    return sceneOf(wanted, { farm: { ...farm, node }, bundle, subject });
  };
  const scene = await sceneOn(farm.node);
  const twin = farm.twin === null ? null : await sceneOn(farm.twin);
  const close = async () => {
    await Promise.all([echo, ...scene.started].map((program) => program.signal("SIGKILL")));
    await farm.close();
  };
  for (const deed of prepares) await perform(scene, deed);
  return { scene, twin, close };
}

interface Played {
  scene: Scene;
  snapshot: Snapshot;
  before: Keepsakes;
  course: Course;
}

async function play(scene: Scene, scenario: Scenario, tell: (line: string) => void): Promise<Played> {
  const { subject, farm } = scene;
  if (scenario.begins === "before") {
    const course = await takeSteps(scene, scenario.steps, tell);
    const snapshot = await takeSnapshot(farm.node);
    await beginFlows(scene, flowsMs);
    const before = await takeKeepsakes(scene);
    tell("the program is started");
    await subject.add();
    const now = monotonicMs();
    await awaitEnding(scene, scenario, now);
    return { scene, snapshot, before, course: { ...course, firstMs: now, beganMs: now, endedMs: now } };
  }
  const snapshot = await takeSnapshot(farm.node);
  tell("the node boots");
  await subject.start();
  if (scenario.begins === "online") {
    const trouble = await getOnline(scene, tell).catch((error: unknown) => messageOf(error));
    const before = await takeKeepsakes(scene);
    if (trouble !== null) return { scene, snapshot, before, course: brokenOff(trouble) };
    const course = await takeSteps(scene, scenario.steps, tell);
    await awaitEnding(scene, scenario, course.endedMs);
    return { scene, snapshot, before, course };
  }
  const before = await takeKeepsakes(scene);
  const course = await takeSteps(scene, scenario.steps, tell);
  const isMeantOnline = ["online", "any"].includes(scenario.ending.outcome);
  const trouble = isMeantOnline ? await getOnline(scene, tell).catch((error: unknown) => messageOf(error)) : null;
  if (trouble !== null)
    return { scene, snapshot, before, course: { ...course, troubles: [...course.troubles, trouble] } };
  await awaitEnding(scene, scenario, course.endedMs);
  return { scene, snapshot, before, course };
}

function brokenOff(trouble: string): Course {
  const now = monotonicMs();
  return { firstMs: now, beganMs: now, endedMs: now, troubles: [`before the first step: ${trouble}`] };
}

/** Waits until the node is online, and lets flows run. */
export async function getOnline(scene: Scene, tell: (line: string) => void): Promise<null> {
  const { node } = scene.farm;
  const status = await awaitStatus(node, ({ state }) => state === "online", AbortSignal.timeout(onlineMs)).catch(() => {
    const last = statusOf(scene);
    throw new BootError(
      "timeout",
      `not online within ${onlineMs / 1_000} s: ${last?.detail ?? "no status"}, ${last?.failure ?? ""}`,
    );
  });
  tell(
    `online on ${status.uplink?.nic ?? "?"}, workloads through ${status.exit?.exitNic ?? status.uplink?.nic ?? "?"}`,
  );
  if (scene.scenario.flowsOf === "resource") await attachResource(scene);
  await beginFlows(scene, flowsMs);
  tell("flows run");
  return null;
}

/** Ends flows and program, and has it give the node back; what goes wrong counts as left behind. */
export async function giveBack({ farm: { node }, bundle, subject, flows }: Scene): Promise<string[]> {
  await endFlows(flows);
  const unended = await subject.stop();
  const down = await node
    .run([process.execPath, bundle, "down"], { timeoutMs: downMs })
    .then(() => [])
    .catch((error: unknown) => [`\`down\` failed: ${messageOf(error)}`]);
  const { stdout } = await node.run(["ip", "netns", "list"]);
  if (stdout.split(/\s/).includes(resource)) await node.run(["ip", "netns", "del", resource]);
  return [...unended, ...down];
}

async function endFlows(flows: Program | null): Promise<void> {
  if (flows === null) return;
  await flows.signal("SIGKILL");
  await flows.exited;
}

async function warn({ farm: { node } }: Scene, report: ScenarioReport, isJson: boolean): Promise<void> {
  const paths = [node.root + subjectLog, stderrFile];
  const texts = await Promise.all(paths.map((path) => readFile(path, "utf8").catch(() => "")));
  const tail = texts
    .flatMap((text) => text.trimEnd().split("\n"))
    .filter(isTelling)
    .slice(-25);
  const verdict = isJson ? [...renderFlows(report.flows), ...renderVerdict(report)] : [];
  for (const line of [...verdict, ...tail]) process.stderr.write(`${line}\n`);
}

/** Commands are left out: there are many, and transitions and errors tell why they were run. */
function isTelling(line: string): boolean {
  return line !== "" && !line.includes('"msg":"command"');
}
