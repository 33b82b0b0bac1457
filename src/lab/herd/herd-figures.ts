import type { HerdPlan, HerdRun } from "./herd.ts";

/** What is told of a run; times in milliseconds, null where it did not come to that. */
export interface HerdFigures {
  hasJitter: boolean;
  enrolled: number;
  /** Until so many percent of the nodes were enrolled. */
  untilMs: Record<"50" | "90" | "99" | "100", number | null>;
  requests: number;
  /** From 0 to 1. */
  refusedShare: number;
  /** Most requests in a second, the first one aside, in which all nodes ask in any case. */
  peakPerSecond: number;
  /** Requests a second from then until the last node that was enrolled was. */
  meanPerSecond: number;
  /** The same from the 25th minute on, when uptime is reported again. */
  peakOfReports: number;
}

/** From here on nodes report again: a tenth less than half an hour after they were enrolled at the earliest. */
const reportsFromSecond = 25 * 60;

/** The figures of a run. */
export function figuresOf({ nodes }: Pick<HerdPlan, "nodes">, run: HerdRun): HerdFigures {
  const { hasJitter, made, refused, enrolledMs } = run;
  const until = (share: number) => enrolledMs[Math.ceil(nodes * share) - 1] ?? null;
  const requests = sumOf(made);
  return {
    ...{ hasJitter, enrolled: enrolledMs.length, requests },
    untilMs: { "50": until(0.5), "90": until(0.9), "99": until(0.99), "100": until(1) },
    refusedShare: requests === 0 ? 0 : sumOf(refused) / requests,
    peakPerSecond: peakOf(made, 1),
    meanPerSecond: meanOf(made.slice(1, Math.ceil((enrolledMs.at(-1) ?? 0) / 1_000))),
    peakOfReports: peakOf(made, reportsFromSecond),
  };
}

/** How long it takes at least: a registrar that is never idle, and nobody who is refused. */
export function idealMs({ nodes, ratePerSecond }: Pick<HerdPlan, "nodes" | "ratePerSecond">): number {
  return Math.ceil((nodes * requestsANode * 1_000) / ratePerSecond);
}

const requestsANode = 4;

/** The figures side by side, for people. */
export function renderFigures(plan: HerdPlan, all: readonly HerdFigures[]): string[] {
  const { nodes, ratePerSecond, minutes } = plan;
  const seconds = (ms: number | null) => (ms === null ? `not in ${minutes} min` : `${(ms / 1_000).toFixed(0)} s`);
  const rows: [string, (figures: HerdFigures) => string][] = [
    ["", ({ hasJitter }) => (hasJitter ? "with jitter" : "without")],
    ...(["50", "90", "99", "100"] as const).map((share): [string, (figures: HerdFigures) => string] => [
      `${share} % enrolled after`,
      ({ untilMs }) => seconds(untilMs[share]),
    ]),
    ["requests", ({ requests }) => String(requests)],
    ["refused", ({ refusedShare }) => `${(refusedShare * 100).toFixed(1)} %`],
    ["peak after the first second", ({ peakPerSecond }) => `${peakPerSecond}/s`],
    ["mean until the last is enrolled", ({ meanPerSecond }) => `${meanPerSecond.toFixed(0)}/s`],
    ["peak of reports, from minute 25", ({ peakOfReports }) => `${peakOfReports}/s`],
  ];
  return [
    `${nodes} nodes at one moment, a registrar of ${ratePerSecond} requests a second; at best ${seconds(idealMs(plan))}`,
    ...rows.map(([name, of]) => name.padEnd(34) + all.map((figures) => of(figures).padStart(18)).join("")),
  ];
}

function peakOf(made: readonly number[], fromSecond: number): number {
  return made.slice(fromSecond).reduce((most, count) => Math.max(most, count), 0);
}

function meanOf(counts: readonly number[]): number {
  return counts.length === 0 ? 0 : sumOf(counts) / counts.length;
}

function sumOf(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
