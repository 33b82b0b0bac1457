import { type ChildRun, inPool, middleOf, repeated, runChild } from "./child-runs.ts";
import { delayMsOf } from "../layouts/delays.ts";
import type { Layout } from "../layouts/layout.ts";
import type { LabReport } from "./lab-report.ts";

/** What came of one layout among many. */
export interface LayoutRun extends ChildRun<LabReport> {
  layout: Layout;
}

/** Which layouts are booted, and how many at a time. */
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
 * NICs, alone and first, then those that take longest, so that others go on while they wait. Of these, those that fail are
 * repeated alone.
 *
 * @returns the runs in the order of the layouts
 */
export async function runAll(options: AllOptions): Promise<LayoutRun[]> {
  const { layouts, atATime } = options;
  const turns = Array.from({ length: options.turns }, () => layouts.filter(isCompared)).flat();
  const inTurns = await runPool(turns, 1, { ...options, onDone: () => undefined });
  const typical = layouts.filter(isCompared).flatMap((layout) =>
    middleOf(
      inTurns.filter((run) => run.layout === layout),
      { isFailed: ({ code }) => code !== 0, measure: ({ report }) => report?.totalMs ?? 0 },
    ),
  );
  for (const run of typical) options.onDone(run);
  const mustBeAlone = ({ nics }: Layout) => nics.length >= manyNics;
  const alone = [...typical, ...(await runPool(layouts.filter(mustBeAlone), 1, options))];
  const others = layouts.filter((layout) => !mustBeAlone(layout) && !isCompared(layout));
  const pooled = await runPool(
    others.toSorted((a, b) => delayMsOf(b) - delayMsOf(a)),
    atATime,
    options,
  );
  const beside = await repeated(pooled, options.signal, ({ layout }) => runOne(layout, options));
  const all = [...alone, ...beside];
  return all.toSorted((a, b) => layouts.indexOf(a.layout) - layouts.indexOf(b.layout));
}

/** So many NICs load the machine by themselves; beside others their choice would depend on who else is served first. */
const manyNics = 32;

function isCompared({ name }: Layout): boolean {
  return name === compared.plain || name === compared.crowded;
}

async function runPool(queue: readonly Layout[], size: number, options: AllOptions): Promise<LayoutRun[]> {
  return inPool(queue, { size, signal: options.signal }, (layout) => runOne(layout, options));
}

async function runOne(layout: Layout, { argvFor, signal, onDone }: AllOptions): Promise<LayoutRun> {
  const run = { layout, ...(await runChild<LabReport>(argvFor(layout), signal)) };
  onDone(run);
  return run;
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
