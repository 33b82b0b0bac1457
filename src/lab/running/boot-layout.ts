import { open, readFile } from "node:fs/promises";
import { release } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { BootError, messageOf } from "../../errors.ts";
import type { Status } from "../../program/status-file.ts";
import { awaitStatus, readStatus } from "./await-status.ts";
import { beginChanges } from "../farm/later-offers.ts";
import { delayMsOf } from "../layouts/delays.ts";
import { isAtRest, problemsOf, type Visits, visitsWith } from "../proving/expectation.ts";
import { buildFarm, type Farm } from "../farm/farm.ts";
import type { Layout } from "../layouts/layout.ts";
import { leftoversBetween } from "../proving/leftovers.ts";
import { type LabNode, nodeLabDir } from "../farm/node.ts";
import type { ProcessManager } from "../farm/process-managers.ts";
import type { Program } from "../farm/program.ts";
import { notTried, type Proofs, resource } from "../proving/proof.ts";
import { prove } from "../proving/reachability.ts";
import {
  isAsPromised,
  problemsOfZdb,
  renderChoice,
  renderEnd,
  renderNdmz,
  renderProofs,
  renderZdb,
  reportOf,
} from "./lab-report.ts";
import { labDir } from "../farm/sandbox.ts";
import { withShortRenewal } from "../layouts/renewal.ts";
import { takeSnapshot } from "../proving/snapshot.ts";
import {
  problemsOfSupervision,
  proveSupervision,
  readSupervision,
  startProcessManager,
  type Supervision,
  type SupervisionProofs,
} from "../proving/supervision.ts";
import { startUnderTest, withOneShot } from "./under-test.ts";

/** What is booted, and how. */
export interface LabOptions {
  layout: Layout;
  /** Path of the program under test. */
  bundle: string;
  /** More lines of the program's configuration on the node. */
  settings: readonly string[];
  /** One JSON object on stdout instead of lines for people. */
  isJson: boolean;
  /** By how much the machine is slower than those that the lab's own limits are for; at least 1. */
  slowness: number;
  /** The process manager that the node has; null leaves it without, and its leases as the layout has them. */
  manager: ProcessManager | null;
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
/** A few seconds until it is asked, and as many until a firewall has not answered. */
const zdbMs = 30_000;
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
  const { bundle, settings, isJson, manager } = options;
  const layout = manager === null ? options.layout : withShortRenewal(options.layout);
  const say = isJson ? () => undefined : print;
  say([`${layout.name}: ${layout.summary}`, `on Linux ${release()}`]);
  const farm = await buildFarm(layout, bundle, settings);
  if (manager !== null) await startProcessManager(farm.node, manager, bundle);
  const before = await takeSnapshot(farm.node);
  const { up, status, totalMs, failure, visits } = await boot(farm, options);
  if (status !== null) say(renderChoice(status));
  if (failure !== null) warn([failure]);
  const online = failure === null && status !== null ? await tryAll(farm, status, bundle) : notTried(layout);
  const zdb = failure === null && layout.vantage === true ? await awaitZdb(farm.node, options) : null;
  const mtus = await readMtus(farm.node);
  const settled = readStatus(farm.node);
  say([...(settled === null ? [] : renderNdmz(settled)), ...renderZdb(zdb), ...renderProofs(online)]);
  if (options.keep !== null) {
    options.keep(farm.node);
    await up.exited;
  }
  const supervised = await trySupervision(farm, up, options);
  say(renderProofs(supervised.proofs));
  const unended = await takeDown(farm.node, up, options);
  const leftovers = [...unended, ...(await leftoversBetween(before, await takeSnapshot(farm.node)))];
  const proofs = { ...online, ...supervised.proofs };
  const report = reportOf({ layout, status, totalMs, proofs, supervision: supervised.supervision, zdb, leftovers });
  const found = [...problemsOf(layout, { ...report, visits, mtus }), ...problemsOfZdb(layout, zdb)];
  const problems = [...supervised.problems, ...found];
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

/** What a vantage finds, once the node has asked it. */
async function awaitZdb(node: LabNode, { slowness }: LabOptions): Promise<Status["zdb"]> {
  const late = AbortSignal.timeout(slowness * zdbMs);
  const found = await awaitStatus(node, ({ zdb }) => zdb?.at != null, late).catch(() => readStatus(node));
  return found?.zdb ?? null;
}

interface Supervised {
  /** Undefined when nobody asked. */
  supervision: Supervision | null | undefined;
  proofs: Partial<SupervisionProofs>;
  problems: string[];
}

/** Looks at who keeps the lease, where the node was given somebody on purpose; ends the program. */
async function trySupervision(farm: Farm, up: Program, { manager, bundle, keep }: LabOptions): Promise<Supervised> {
  if (manager === null || keep !== null) return { supervision: undefined, proofs: {}, problems: [] };
  try {
    const supervision = await readSupervision(farm.node, bundle);
    const problems = problemsOfSupervision(supervision, manager);
    return { supervision, proofs: await proveSupervision(farm, up, manager), problems };
  } catch (error) {
    return { supervision: null, proofs: {}, problems: [messageOf(error)] };
  }
}

/** On a terminal the cursor may stand behind the spinner of the program under test. */
function print(lines: readonly string[]): void {
  const clear = process.stdout.isTTY ? "\r\u001B[2K" : "";
  for (const line of lines) process.stdout.write(`${clear}${line}\n`);
}

function warn(lines: readonly string[]): void {
  for (const line of lines) process.stderr.write(`${line}\n`);
}

async function boot({ node, layout, routers }: Farm, options: LabOptions): Promise<Boot> {
  const { bundle, isJson, stream, manager, slowness } = options;
  const startedAt = performance.now();
  const isInStages = manager !== null;
  const program = await startUnderTest(node, { bundle, logFile, stderrFile, isQuiet: isJson, isInStages, stream });
  const ended = new AbortController();
  const changes = beginChanges(routers, (error) => ended.abort(error));
  void program.ended.then((code) =>
    ended.abort(new BootError("command-failed", `the program ended with exit code ${code}`)),
  );
  const { outcome } = layout.expected;
  const limitMs = slowness * outcomeMs + delayMsOf(layout);
  const late = AbortSignal.timeout(limitMs);
  let visits: Visits = new Map();
  let oneShot: Status | null = null;
  const isMeant = (status: Status) => {
    visits = visitsWith(visits, status);
    if (status.state === "done") oneShot = status;
    return isAtRest(status, outcome) && (layout.registrar !== "good" || status.grid?.ms != null);
  };
  const cameTo = (status: Status | null, failure: string | null): Boot => {
    const whole = status && withOneShot(status, oneShot);
    return { up: program.current(), status: whole, totalMs: performance.now() - startedAt, failure, visits };
  };
  try {
    return cameTo(await awaitStatus(node, isMeant, AbortSignal.any([ended.signal, late])), null);
  } catch (error) {
    return cameTo(
      readStatus(node),
      late.aborted ? `${outcome} was not reached in ${limitMs / 1_000} s` : messageOf(error),
    );
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
async function takeDown(node: LabNode, up: Program, { bundle, slowness }: LabOptions): Promise<string[]> {
  await up.signal("SIGTERM");
  const stopped = await endOf(up, slowness * stopMs);
  const stderr = await open(stderrFile, "a");
  const down = await node.start([process.execPath, bundle, "down"], { stdio: ["ignore", "ignore", stderr.fd] });
  await stderr.close();
  const code = await endOf(down, slowness * downMs);
  const { stdout } = await node.run(["ip", "netns", "list"]);
  if (stdout.split(/\s/).includes(resource)) await node.run(["ip", "netns", "del", resource]);
  return [
    ...(stopped === null ? [`\`up\` for ${(slowness * stopMs) / 1_000} s after SIGTERM`] : []),
    ...(code === 0
      ? []
      : [
          `\`down\` ${code === null ? `took more than ${(slowness * downMs) / 1_000} s` : `failed with exit code ${code}`}`,
        ]),
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
