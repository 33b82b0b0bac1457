import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { BootError } from "../../errors.ts";
import { withDeadline } from "../../os/deadline.ts";
import type { Status } from "../../program/status-file.ts";
import { programTimeoutMs } from "../farm/agent-command.ts";
import { buildFarm } from "../farm/farm.ts";
import type { LabNode } from "../farm/node.ts";
import type { Layout } from "../layouts/layout.ts";
import { internet } from "../layouts/topology.ts";
import { awaitStatus } from "../running/await-status.ts";
import { measureQuietMinute } from "../running/process-figures.ts";
import { subjectLog } from "../running/subject.ts";
import type { LayoutFigures } from "./figures.ts";
import { medianOf, mediansByName } from "./statistics.ts";

/** What is measured, and how often. */
export interface MeasureOptions {
  layout: Layout;
  /** Path of the program. */
  bundle: string;
  runs: number;
  /** Whether to wait two minutes for what the node costs when nothing happens. */
  isQuietMeasured: boolean;
}

/** A node on which things are timed. */
interface Bench {
  node: LabNode;
  bundle: string;
  baseline: { script: string; nic: string; targets: string[] };
}

/** One turn of everything that is compared, in milliseconds. */
interface Turn {
  emptyMs: number;
  baselineMs: number;
  bootMs: number;
  states: Record<string, number>;
}

const onlineMs = 60_000;

/**
 * Boots the node of a new farm by the program and by the baseline script in turns, inside a sandbox; then once more with a log
 * of its commands, which times nothing. No registrar and no vantage is there: the script knows none.
 */
export async function measureLayout(options: MeasureOptions): Promise<LayoutFigures> {
  const { layout, bundle, runs } = options;
  const { registrar: _, vantage: __, ...plain } = layout;
  const farm = await buildFarm(plain, bundle);
  const bench: Bench = { node: farm.node, bundle, baseline: baselineFor(layout, bundle) };
  const turns: Turn[] = [];
  while (turns.length < runs) turns.push(await takeTurn(bench));
  const watched = await watchBoot(bench, options);
  await farm.close();
  const medianTime = (of: (turn: Turn) => number) => medianOf(turns.map(of));
  return {
    layout: layout.name,
    bootMs: medianTime(({ bootMs }) => bootMs),
    states: mediansByName(turns.map(({ states }) => states)),
    emptyMs: medianTime(({ emptyMs }) => emptyMs),
    baselineMs: medianTime(({ baselineMs }) => baselineMs),
    ...watched,
  };
}

/** The script takes the NIC that workloads leave through, and a target in each family that its network has. */
function baselineFor({ name, nics, segments, expected }: Layout, bundle: string): Bench["baseline"] {
  const nic = nics.find((each) => each.name === expected.exit) ?? nics[0];
  const router = segments.find((segment) => segment.name === nic?.segment)?.router ?? null;
  if (nic === undefined || router === null || expected.outcome !== "online")
    throw new BootError("bad-input", `${name} does not come online through a NIC that is known before`);
  return {
    script: join(dirname(bundle), "../src/lab/bench/baseline.sh"),
    nic: nic.name,
    targets: [router.ipv4 === null ? "" : internet.http4, router.ipv6 === null ? "" : internet.http6],
  };
}

async function takeTurn(bench: Bench): Promise<Turn> {
  const { node, bundle, baseline } = bench;
  const entryMs = await timeOf(node, ["true"]);
  const emptyMs = await timeOf(node, [process.execPath, "--eval", "0"]);
  const baselineMs = await timeOf(node, ["sh", baseline.script, "up", baseline.nic, ...baseline.targets]);
  await node.run(["sh", baseline.script, "down", baseline.nic]);
  const { status, bootMs } = await boot(bench, []);
  await node.run([process.execPath, bundle, "down"], { timeoutMs: programTimeoutMs });
  const inStates = status.states.filter(({ state }) => state !== "online").map(({ state, ms }) => ({ [state]: ms }));
  const states = Object.assign({}, ...inStates) as Record<string, number>;
  const startMs = bootMs - entryMs - Object.values(states).reduce((sum, ms) => sum + ms, 0);
  return {
    emptyMs: emptyMs - entryMs,
    baselineMs: baselineMs - entryMs,
    bootMs: bootMs - entryMs,
    states: { start: startMs, ...states },
  };
}

async function timeOf(node: LabNode, argv: readonly string[]): Promise<number> {
  const startedAt = performance.now();
  await node.run(argv, { timeoutMs: programTimeoutMs });
  return performance.now() - startedAt;
}

/** Boots the node by the program, which goes on. */
async function boot({ node, bundle }: Bench, flags: readonly string[]): Promise<{ status: Status; bootMs: number }> {
  const startedAt = performance.now();
  const program = await node.start([process.execPath, bundle, "up", ...flags]);
  const ended = new AbortController();
  void program.exited.then((code) =>
    ended.abort(new BootError("command-failed", `the program ended with exit code ${code}`)),
  );
  const status = await withDeadline(onlineMs, ended.signal, (signal) =>
    awaitStatus(node, ({ state }) => state === "online", signal),
  );
  return { status, bootMs: performance.now() - startedAt };
}

type Watched = Pick<LayoutFigures, "commands" | "peakKib" | "quiet" | "statusMs" | "versionMs">;

/** Boots once more, and looks at what that costs. */
async function watchBoot(bench: Bench, { runs, isQuietMeasured }: MeasureOptions): Promise<Watched> {
  const { node, bundle } = bench;
  const { status } = await boot(bench, ["--log-level", "debug", "--log-file", subjectLog]);
  const commands = commandsUntilOnline(await readFile(node.root + subjectLog, "utf8"));
  const memory = await readFile(`${node.root}/proc/${status.pid}/status`, "utf8");
  const told = { status: [] as number[], "--version": [] as number[] };
  for (let run = 0; run < runs; run += 1) {
    const entryMs = await timeOf(node, ["true"]);
    for (const verb of ["status", "--version"] as const)
      told[verb].push((await timeOf(node, [process.execPath, bundle, verb])) - entryMs);
  }
  const quiet = isQuietMeasured ? await measureQuietMinute(node) : null;
  await node.run([process.execPath, bundle, "down"], { timeoutMs: programTimeoutMs });
  return {
    commands,
    peakKib: Number(/^VmHWM:\s*(\d+)/m.exec(memory)?.[1]),
    quiet: quiet && { residentKib: quiet.residentKib, commands: quiet.commands, cpuMs: quiet.cpuMs },
    statusMs: medianOf(told.status),
    versionMs: medianOf(told["--version"]),
  };
}

/** What a log has of commands before the boot is online for the first time. */
export function commandsUntilOnline(log: string): number {
  const lines = log.split("\n");
  const online = lines.findIndex((line) => /"actor":"networkd","state":"online\b/.test(line));
  return lines.slice(0, online).filter((line) => line.includes('"msg":"command"')).length;
}
