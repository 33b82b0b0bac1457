import type { Family } from "../../contract.ts";
import type { FlowRecord, Span } from "../farm/flow-record.ts";

/** What became of a flow. */
export interface FlowLoss {
  family: Family;
  kind: FlowRecord["kind"];
  /** The longest time without an answer; where the flow is not kept, without an answer to new ones of its kind. */
  lostMs: number;
  /** Whether the same connection, or datagrams from the same port, get answers at the end. */
  isKept: boolean;
}

/** Answers come every 20 ms; so long without one may be the machine. */
const aliveMs = 1_000;

/**
 * What became of a flow.
 *
 * @param sinceMs when the disturbance began
 * @param nowMs when the record was written
 */
export function lossOf(record: FlowRecord, sinceMs: number, nowMs: number): FlowLoss {
  const { family, kind, failedMs, gaps, newcomers } = record;
  const isKept = failedMs === null && isAlive(record, nowMs);
  const spans: Span[] = isKept ? gaps : newcomers.outages;
  const lostMs = spans
    .filter(([, toMs]) => toMs === null || toMs > sinceMs)
    .map(([fromMs, toMs]) => (toMs ?? nowMs) - fromMs);
  return { family, kind, lostMs: Math.round(Math.max(0, ...lostMs)), isKept };
}

/** Whether a flow gets answers now. */
export function isAlive({ lastAnswerMs, failedMs }: FlowRecord, nowMs: number): boolean {
  return failedMs === null && lastAnswerMs !== null && nowMs - lastAnswerMs < aliveMs;
}

/** Whether new flows of this kind work: one that began after a moment has had an answer, and none was in vain since. */
export function isWorking({ newcomers }: FlowRecord, sinceMs: number, nowMs: number): boolean {
  const { lastGoodBegunMs, outages } = newcomers;
  const last = outages.at(-1);
  const isFresh = lastGoodBegunMs !== null && lastGoodBegunMs > sinceMs && nowMs - lastGoodBegunMs < aliveMs;
  return isFresh && (last === undefined || last[1] !== null);
}

/** One try in ten a second that is in vain, between two that are not, is a datagram that was lost. */
const lostTryMs = 250;

/**
 * From the beginning until new flows of all kinds in these families worked and went on working, single losses apart; null when
 * they do not.
 */
export function recoveredMsOf(
  records: readonly FlowRecord[],
  families: readonly Family[],
  sinceMs: number,
): number | null {
  const ends = records
    .filter(({ family }) => families.includes(family))
    .flatMap(({ newcomers }) => newcomers.outages)
    .filter(([fromMs, toMs]) => toMs === null || (toMs > sinceMs && toMs - fromMs > lostTryMs))
    .map(([, toMs]) => toMs);
  return ends.includes(null) ? null : Math.round(Math.max(0, ...ends.map((toMs) => (toMs ?? 0) - sinceMs)));
}
