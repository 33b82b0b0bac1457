import type { StepBar } from "./step-bars.ts";

/** A stretch of time, in milliseconds. */
export interface Stretch {
  fromMs: number;
  toMs: number;
}

/** A piece of the axis on which time passes evenly. */
interface Piece extends Stretch {
  fromShare: number;
  toShare: number;
  isFolded: boolean;
}

/** A time axis on which long quiet stretches are folded, so that a boot stays visible beside hours of being online. */
export interface Axis {
  totalMs: number;
  pieces: Piece[];
}

/** Quiet time that stays visible before and after a fold. */
const marginMs = 300;
/** What lies between two folds and is shorter, such as a self-check that finds nothing, is folded with them. */
const mergedMs = 1_000;
/** How long a fold may be beside all that is not folded, and all of them together. */
const foldShare = { each: 0.06, all: 0.4 };

/** Stretches of being online in which nothing is to be seen, and what is not known in detail any more. */
export function quietStretches(bars: readonly StepBar[], totalMs: number): Stretch[] {
  const calm = bars
    .flatMap(({ parts }) => parts)
    .filter(({ state, fromMs, toMs }) => state === "online.watching" && toMs - fromMs > 2 * marginMs);
  const joined: Stretch[] = [];
  for (const { fromMs, toMs } of calm) {
    const last = joined.at(-1);
    if (last !== undefined && fromMs - last.toMs < mergedMs) last.toMs = toMs;
    else joined.push({ fromMs, toMs });
  }
  const earlier = bars.filter(({ step }) => step === "earlier").map(({ fromMs, toMs }) => ({ fromMs, toMs }));
  const quiet = joined.map(({ fromMs, toMs }) => ({
    fromMs: fromMs + marginMs,
    toMs: toMs >= totalMs ? toMs : toMs - marginMs,
  }));
  return [...earlier, ...quiet].filter(({ fromMs, toMs }) => toMs > fromMs);
}

/** Lays out the time from the program's start on a line from 0 to 1. What is folded takes no more than its part of it. */
export function axisOf(totalMs: number, folds: readonly Stretch[]): Axis {
  const foldedMs = folds.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
  const openMs = Math.max(1, totalMs - foldedMs);
  const mostMs = openMs * Math.min(foldShare.each, foldShare.all / Math.max(1, folds.length));
  const lengthOf = ({ fromMs, toMs }: Stretch) => Math.min(toMs - fromMs, mostMs);
  const wholeMs = totalMs - foldedMs + folds.reduce((sum, fold) => sum + lengthOf(fold), 0);
  const pieces: Piece[] = [];
  const add = (stretch: Stretch, lengthMs: number) => {
    const { fromMs, toMs } = stretch;
    if (toMs <= fromMs) return;
    const fromShare = pieces.at(-1)?.toShare ?? 0;
    const isFolded = lengthMs < toMs - fromMs;
    pieces.push({ fromMs, toMs, fromShare, toShare: Math.min(1, fromShare + lengthMs / wholeMs), isFolded });
  };
  let doneMs = 0;
  for (const fold of folds) {
    add({ fromMs: doneMs, toMs: fold.fromMs }, fold.fromMs - doneMs);
    add(fold, lengthOf(fold));
    doneMs = fold.toMs;
  }
  add({ fromMs: doneMs, toMs: totalMs }, totalMs - doneMs);
  return { totalMs, pieces };
}

/** Where on the axis a time is, from 0 to 1. */
export function shareAt({ pieces }: Axis, atMs: number): number {
  const piece = pieces.find(({ toMs }) => atMs <= toMs) ?? pieces.at(-1);
  if (piece === undefined) return 0;
  const share = (Math.min(Math.max(atMs, piece.fromMs), piece.toMs) - piece.fromMs) / (piece.toMs - piece.fromMs);
  return piece.fromShare + share * (piece.toShare - piece.fromShare);
}

/** The time at a place on the axis. */
export function timeAt({ pieces }: Axis, share: number): number {
  const piece = pieces.find(({ toShare }) => share <= toShare) ?? pieces.at(-1);
  if (piece === undefined) return 0;
  const part = (Math.max(share, piece.fromShare) - piece.fromShare) / (piece.toShare - piece.fromShare);
  return piece.fromMs + Math.min(1, part) * (piece.toMs - piece.fromMs);
}

/** Round times to write on the axis, about so many as wished; none within a fold. */
export function ticksOf(axis: Axis, wished: number): { atMs: number; share: number }[] {
  const open = axis.pieces.filter(({ isFolded }) => !isFolded);
  const openMs = open.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
  const stepMs = roundStep(openMs / wished);
  if (stepMs <= 0) return [];
  const ticks = open.flatMap(({ fromMs, toMs }) => {
    const first = Math.ceil(fromMs / stepMs);
    const count = Math.max(0, Math.floor(toMs / stepMs) - first + 1);
    return Array.from({ length: count }, (_, index) => (first + index) * stepMs);
  });
  const placed = [...new Set(ticks)].map((atMs) => ({ atMs, share: shareAt(axis, atMs) }));
  const least = 0.6 / wished;
  return placed.filter(
    ({ share }, index) => share - (placed[index - 1]?.share ?? -1) >= least && share < 1 - least / 2,
  );
}

/** 1, 2 or 5 times a power of ten. */
function roundStep(ms: number): number {
  if (ms <= 0) return 0;
  const power = 10 ** Math.floor(Math.log10(ms));
  const factor = [1, 2, 5, 10].find((each) => each * power >= ms) ?? 10;
  return factor * power;
}

/** The time after a while of playing; a fold passes in less than a second however long it is. */
export function played(axis: Axis, atMs: number, elapsedMs: number): number {
  const piece = axis.pieces.find(({ toMs }) => atMs < toMs);
  if (piece === undefined) return axis.totalMs;
  const pace = piece.isFolded ? Math.max(1, (piece.toMs - piece.fromMs) / foldMs) : 1;
  return Math.min(piece.toMs, atMs + elapsedMs * pace);
}

const foldMs = 800;
