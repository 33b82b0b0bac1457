import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { delayMsOf } from "../layouts/delays.ts";
import type { Layout } from "../layouts/layout.ts";
import type { LabReport } from "./lab-report.ts";

/** What came of one layout among many. */
export interface LayoutRun {
  layout: Layout;
  /** Exit code of its run: 0 when all was as the layout promises. */
  code: number | null;
  /** Null when the run ended without one. */
  report: LabReport | null;
  /** What the run said of its problems. */
  stderr: string;
}

export interface AllOptions {
  layouts: readonly Layout[];
  /** The command line of one run that prints its report as JSON. */
  argvFor: (layout: Layout) => string[];
  /** How many boot at a time. */
  atATime: number;
  /** How often the layouts boot whose times are compared. */
  turns: number;
  onDone: (run: LayoutRun) => void;
  /** Ends the runs that are under way and begins no more. */
  signal: AbortSignal;
}

/**
 * Those whose times are compared: the network is the same, but seven more NICs are dead. They boot in turns, and the
 * middle run of each counts: what else the machine does shall not decide.
 */
export const compared = { plain: "home-dual", crowded: "dead-7", mostRatio: 1.3 } as const;

/**
 * Boots many layouts, each in a process and a sandbox of its own: those whose times are compared, or that have many
 * NICs, alone and first, then those that take longest, so that others go on while they wait.
 *
 * @returns the runs in the order of the layouts
 */
export async function runAll(options: AllOptions): Promise<LayoutRun[]> {
  const { layouts, atATime } = options;
  const turns = Array.from({ length: options.turns }, () => layouts.filter(isCompared)).flat();
  const inTurns = await runPool(turns, 1, { ...options, onDone: () => undefined });
  const typical = layouts.filter(isCompared).flatMap((layout) => middleOf(inTurns, layout));
  for (const run of typical) options.onDone(run);
  const mustBeAlone = ({ nics }: Layout) => nics.length >= manyNics;
  const alone = [...typical, ...(await runPool(layouts.filter(mustBeAlone), 1, options))];
  const others = layouts.filter((layout) => !mustBeAlone(layout) && !isCompared(layout));
  const beside = await runPool(
    others.toSorted((a, b) => delayMsOf(b) - delayMsOf(a)),
    atATime,
    options,
  );
  const all = [...alone, ...beside];
  return all.toSorted((a, b) => layouts.indexOf(a.layout) - layouts.indexOf(b.layout));
}

/** So many NICs load the machine by themselves; beside others their choice would depend on who else is served first. */
const manyNics = 32;

function isCompared({ name }: Layout): boolean {
  return name === compared.plain || name === compared.crowded;
}

/** The run of middle length; one that failed goes before all others. */
function middleOf(runs: readonly LayoutRun[], layout: Layout): LayoutRun[] {
  const ofLayout = runs.filter((run) => run.layout === layout);
  const failed = ofLayout.filter(({ code }) => code !== 0);
  if (failed.length > 0) return failed.slice(0, 1);
  const byTime = ofLayout.toSorted((a, b) => (a.report?.totalMs ?? 0) - (b.report?.totalMs ?? 0));
  const middle = Math.floor(byTime.length / 2);
  return byTime.slice(middle, middle + 1);
}

async function runPool(queue: readonly Layout[], size: number, options: AllOptions): Promise<LayoutRun[]> {
  const waiting = [...queue];
  const runs: LayoutRun[] = [];
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined && !options.signal.aborted; next = waiting.shift()) {
      const run = await runOne(next, options);
      options.onDone(run);
      runs.push(run);
    }
  };
  await Promise.all(Array.from({ length: size }, work));
  return runs;
}

/** In a session of its own, so that a Ctrl-C at the terminal reaches the run by `signal` alone. */
async function runOne(layout: Layout, { argvFor, signal }: AllOptions): Promise<LayoutRun> {
  const argv = ["--pdeathsig", "KILL", ...argvFor(layout)];
  const child = spawn("setpriv", argv, { detached: true, stdio: ["ignore", "pipe", "pipe"] });
  const end = () => child.kill("SIGTERM");
  signal.addEventListener("abort", end);
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "exit") as Promise<[number | null]>,
  ]);
  signal.removeEventListener("abort", end);
  return { layout, code, report: reportIn(stdout), stderr };
}

function reportIn(stdout: string): LabReport | null {
  try {
    return JSON.parse(stdout) as LabReport;
  } catch {
    return null;
  }
}

/** Whether the boot with seven dead NICs took no longer than it may, in words; null when both were not run to their end. */
export function compareTimes(runs: readonly LayoutRun[]): { isInTime: boolean; says: string } | null {
  const timeOf = (name: string) => runs.find(({ layout }) => layout.name === name)?.report?.totalMs ?? null;
  const { plain, crowded, mostRatio } = compared;
  const [plainMs, crowdedMs] = [timeOf(plain), timeOf(crowded)];
  if (plainMs === null || crowdedMs === null) return null;
  const isInTime = crowdedMs <= mostRatio * plainMs;
  const says = `${crowded} took ${(crowdedMs / plainMs).toFixed(2)} times as long as ${plain}, at most ${mostRatio} allowed`;
  return { isInTime, says };
}
