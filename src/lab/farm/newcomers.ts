import type { Span } from "./flow-record.ts";

/** What is known of flows of which a new one begins ten times a second. */
export interface Newcomers {
  /** When the last one began that got an answer. */
  lastGoodBegunMs: number | null;
  /** From when the first one began that got none, until one got an answer that began after it. */
  outages: Span[];
}

/** A try that succeeded. */
interface Good {
  begunMs: number;
  answeredMs: number;
}

/** Keeps the outages of newcomers, the failures among which are known later than the successes of those after them. */
export function createNewcomers(keptMs: number): {
  known: Newcomers;
  noteGood: (good: Good) => void;
  noteFailure: (begunMs: number) => void;
} {
  const known: Newcomers = { lastGoodBegunMs: null, outages: [] };
  let goods: Good[] = [];
  return {
    known,
    noteGood: (good) => {
      goods = [...goods.filter(({ begunMs }) => begunMs > good.begunMs - keptMs), good];
      known.lastGoodBegunMs = Math.max(good.begunMs, known.lastGoodBegunMs ?? 0);
      const last = known.outages.at(-1);
      if (last?.[1] === null && good.begunMs > last[0]) last[1] = good.answeredMs;
    },
    noteFailure: (begunMs) => {
      const last = known.outages.at(-1);
      if (last === undefined || (last[1] !== null && begunMs > last[1])) {
        known.outages.push([begunMs, firstAfter(goods, begunMs)]);
        return;
      }
      last[0] = Math.min(last[0], begunMs);
      last[1] = firstAfter(goods, begunMs);
    },
  };
}

function firstAfter(goods: readonly Good[], begunMs: number): number | null {
  const later = goods.filter((good) => good.begunMs > begunMs).map(({ answeredMs }) => answeredMs);
  return later.length === 0 ? null : Math.min(...later);
}
