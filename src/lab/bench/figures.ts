/** What was measured of a layout; times are medians in milliseconds, without what it takes to enter the node. */
export interface LayoutFigures {
  layout: string;
  /** From the start of the program until its status says `online`. */
  bootMs: number;
  /** What of that passed before the first state, and in each state. */
  states: Record<string, number>;
  emptyMs: number;
  baselineMs: number;
  /** Commands that the program ran until `online`. */
  commands: number;
  peakKib: number;
  /** Null where nobody waited for it. */
  quiet: QuietFigures | null;
  /** What a program that only tells something takes on a node that is online. */
  statusMs: number;
  versionMs: number;
}

/** A minute of a node that has been online for a minute. */
export interface QuietFigures {
  residentKib: number;
  commands: number;
  cpuMs: number;
}

/** For how long flows had no answer while another NIC took over; null where they never had one again. */
export interface FailoverFigures {
  scenario: string;
  v4Ms: number | null;
  v6Ms: number | null;
}

/** All that was measured, and on what. */
export interface BenchFigures {
  machine: string;
  runs: number;
  layouts: LayoutFigures[];
  failovers: FailoverFigures[];
}

/** How many times as long a boot takes as an empty program and the baseline together. */
export function ratioOf({ bootMs, emptyMs, baselineMs }: LayoutFigures): number {
  return bootMs / (emptyMs + baselineMs);
}

/** The limits of one layout. */
interface Limits {
  ratio?: number;
  bootMs?: number;
  /** How many times as long it may take as the first layout of all. */
  ofPlain?: number;
  commands?: number;
}

const plain = "home-dual";
const limits: Readonly<Record<string, Limits>> = {
  [plain]: { ratio: 1.5, commands: 25 },
  "dc-v6": { ratio: 1.5 },
  "dead-7": { ofPlain: 1.2 },
  "nics-64": { bootMs: 1_500 },
};
const quietLimits = { residentKib: 60 * 1_024, commands: 1, cpuMs: 2_000 / 60 } as const;
const tellingMs = 30;
const failoverMs = { v4Ms: 1_000, v6Ms: 2_500 } as const;

/** What is more than it should be, one line each. */
export function missedIn({ layouts, failovers }: BenchFigures): string[] {
  const plainMs = layouts.find(({ layout }) => layout === plain)?.bootMs;
  return [...layouts.flatMap((figures) => missedOf(figures, plainMs)), ...failovers.flatMap(missedByFailover)];
}

function missedOf(figures: LayoutFigures, plainMs: number | undefined): string[] {
  const { layout, bootMs, commands, quiet, emptyMs, statusMs, versionMs } = figures;
  const { [layout]: own = {} } = limits;
  return [
    above(`${layout}: times (empty + baseline)`, ratioOf(figures), own.ratio),
    above(`${layout}: ms to online`, bootMs, own.bootMs),
    plainMs === undefined ? [] : above(`${layout}: times ${plain}`, bootMs / plainMs, own.ofPlain),
    above(`${layout}: commands to online`, commands, own.commands),
    quiet === null ? [] : above(`${layout}: KiB resident`, quiet.residentKib, quietLimits.residentKib),
    quiet === null ? [] : above(`${layout}: commands in a quiet minute`, quiet.commands, quietLimits.commands),
    quiet === null ? [] : above(`${layout}: ms of CPU in a quiet minute`, quiet.cpuMs, quietLimits.cpuMs),
    layout === plain ? above("status: ms more than an empty program", statusMs - emptyMs, tellingMs) : [],
    layout === plain ? above("--version: ms more than an empty program", versionMs - emptyMs, tellingMs) : [],
  ].flat();
}

function missedByFailover({ scenario, ...lost }: FailoverFigures): string[] {
  return (["v4Ms", "v6Ms"] as const).flatMap((family) =>
    above(`${scenario}: ms without IP${family.slice(0, 2)}`, lost[family] ?? Infinity, failoverMs[family]),
  );
}

function above(what: string, value: number, limit: number | undefined): string[] {
  return limit === undefined || value <= limit ? [] : [`${what}: ${inShort(value)}, at most ${inShort(limit)}`];
}

/** A number as people compare it. */
export function inShort(value: number): string {
  return Math.abs(value) < 10 && !Number.isInteger(value) ? value.toFixed(2) : value.toFixed(0);
}
