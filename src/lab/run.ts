import { open, readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { BootError, messageOf } from "../errors.ts";
import type { Status } from "../status.ts";
import { awaitStatus, readStatus } from "./await-status.ts";
import { beginChanges } from "./changes.ts";
import { delayMsOf } from "./delays.ts";
import { isAtRest, problemsOf, type Visits, visitsWith } from "./expectation.ts";
import { buildFarm, type Farm } from "./farm.ts";
import type { Layout } from "./layout.ts";
import { leftoversBetween } from "./leftovers.ts";
import { type LabNode, nodeLabDir } from "./node.ts";
import type { Program } from "./program.ts";
import { notTried, type Proofs, resource } from "./proof.ts";
import { prove } from "./proofs.ts";
import { isAsPromised, renderEnd, renderProofs, renderNdmz, renderChoice, reportOf } from "./report.ts";
import { labDir } from "./sandbox.ts";
import { takeSnapshot } from "./snapshot.ts";

export interface LabOptions {
  layout: Layout;
  /** Path of the program under test. */
  bundle: string;
  /** One JSON object on stdout instead of lines for people. */
  isJson: boolean;
  /** Called once everything stands and has been tried, when it shall stay until the lab is ended from outside. */
  keep: ((node: LabNode) => void) | null;
  /** Flags by which the program under test tells what happens, and the open file that it writes that to; or null. */
  stream: { flags: readonly string[]; fd: number } | null;
}

/** What a boot came to. */
interface Boot {
  up: Program;
  status: Status | null;
  totalMs: number;
  failure: string | null;
  visits: Visits;
}

/** Beside what the layout itself makes the boot wait. */
const outcomeMs = 60_000;
const stopMs = 15_000;
const downMs = 60_000;
const logFile = `${nodeLabDir}/up.log`;
const stderrFile = `${labDir}/up.stderr`;

/**
 * Runs the program on a node of a new farm, inside a sandbox: boots it, tries what it must and must not be able to do,
 * takes it down again and looks for what is left.
 *
 * @returns the exit code: 0 when everything was as the layout promises, else 1
 */
export async function runLab(options: LabOptions): Promise<number> {
  const { layout, bundle, isJson } = options;
  const say = isJson ? () => undefined : print;
  say([`${layout.name}: ${layout.summary}`]);
  const farm = await buildFarm(layout, bundle);
  const before = await takeSnapshot(farm.node);
  const { up, status, totalMs, failure, visits } = await boot(farm, options);
  if (status !== null) say(renderChoice(status));
  if (failure !== null) warn([failure]);
  const proofs = failure === null && status !== null ? await tryAll(farm, status, bundle) : notTried(layout);
  const mtus = await readMtus(farm.node);
  const settled = readStatus(farm.node);
  if (settled !== null) say(renderNdmz(settled));
  say(renderProofs(proofs));
  if (options.keep !== null) {
    options.keep(farm.node);
    await up.exited;
  }
  const unended = await takeDown(farm.node, up, bundle);
  const leftovers = [...unended, ...(await leftoversBetween(before, await takeSnapshot(farm.node)))];
  const report = reportOf({ layout, status, totalMs, proofs, leftovers });
  const problems = problemsOf(layout, { ...report, visits, mtus });
  say(renderEnd(layout, report, problems));
  if (isJson) print([JSON.stringify(report)]);
  const isGood = isAsPromised(report, problems);
  if (!isGood) {
    const end = isJson ? [...renderProofs(proofs), ...renderEnd(layout, report, problems)] : [];
    warn([...end, ...(await logTail(farm.node))]);
  }
  await farm.close();
  return isGood ? 0 : 1;
}

/** On a terminal the cursor may stand behind the spinner of the program under test. */
function print(lines: readonly string[]): void {
  const clear = process.stdout.isTTY ? "\r\u001B[2K" : "";
  for (const line of lines) process.stdout.write(`${clear}${line}\n`);
}

function warn(lines: readonly string[]): void {
  for (const line of lines) process.stderr.write(`${line}\n`);
}

async function boot({ node, layout, routers }: Farm, { bundle, isJson, stream }: LabOptions): Promise<Boot> {
  const stderr = await open(stderrFile, "w");
  const startedAt = performance.now();
  const flags = stream === null ? [] : ["--record-fd", "3", ...stream.flags];
  const up = await node.start([process.execPath, bundle, "up", "--log-file", logFile, ...flags], {
    stdio: [
      ...(isJson ? (["ignore", "ignore", stderr.fd] as const) : (["ignore", "inherit", "inherit"] as const)),
      stream?.fd ?? "ignore",
    ],
  });
  await stderr.close();
  const ended = new AbortController();
  const changes = beginChanges(routers, (error) => ended.abort(error));
  void up.exited.then((code) => ended.abort(new BootError("command-failed", `\`up\` ended with exit code ${code}`)));
  const { outcome } = layout.expected;
  const limitMs = outcomeMs + delayMsOf(layout);
  const late = AbortSignal.timeout(limitMs);
  let visits: Visits = new Map();
  const isMeant = (status: Status) => {
    visits = visitsWith(visits, status);
    return isAtRest(status, outcome);
  };
  try {
    const status = await awaitStatus(node, isMeant, AbortSignal.any([ended.signal, late]));
    return { up, status, totalMs: performance.now() - startedAt, failure: null, visits };
  } catch (error) {
    const failure = late.aborted ? `${outcome} was not reached in ${limitMs / 1_000} s` : messageOf(error);
    return { up, status: readStatus(node), totalMs: performance.now() - startedAt, failure, visits };
  } finally {
    changes.cancel();
  }
}

async function readMtus(node: LabNode): Promise<Map<string, number>> {
  const { stdout } = await node.run(["ip", "-j", "link", "show"]);
  return new Map((JSON.parse(stdout) as { ifname: string; mtu: number }[]).map(({ ifname, mtu }) => [ifname, mtu]));
}

async function tryAll(farm: Farm, status: Status, bundle: string): Promise<Proofs> {
  try {
    return await prove(farm, status, bundle);
  } catch (error) {
    warn([messageOf(error)]);
    return notTried(farm.layout);
  }
}

/** Ends the program and has it give the node back; what goes wrong counts as left behind. */
async function takeDown(node: LabNode, up: Program, bundle: string): Promise<string[]> {
  await up.signal("SIGTERM");
  const stopped = await endOf(up, stopMs);
  const stderr = await open(stderrFile, "a");
  const down = await node.start([process.execPath, bundle, "down"], { stdio: ["ignore", "ignore", stderr.fd] });
  await stderr.close();
  const code = await endOf(down, downMs);
  const { stdout } = await node.run(["ip", "netns", "list"]);
  if (stdout.split(/\s/).includes(resource)) await node.run(["ip", "netns", "del", resource]);
  return [
    ...(stopped === null ? [`\`up\` for ${stopMs / 1_000} s after SIGTERM`] : []),
    ...(code === 0
      ? []
      : [`\`down\` ${code === null ? `took more than ${downMs / 1_000} s` : `failed with exit code ${code}`}`]),
  ];
}

/** A program's exit code, or null when it did not end in time and was killed. */
async function endOf(program: Program, timeoutMs: number): Promise<number | null> {
  const code = await Promise.race([program.exited, delay(timeoutMs, null, { ref: false })]);
  if (code !== null) return code;
  await program.signal("SIGKILL");
  await program.exited;
  return null;
}

async function logTail({ root }: LabNode): Promise<string[]> {
  const texts = await Promise.all([root + logFile, stderrFile].map((path) => readFile(path, "utf8").catch(() => "")));
  return texts.flatMap((text) => text.trimEnd().split("\n").slice(-40)).filter((line) => line !== "");
}
