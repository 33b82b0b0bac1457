import type { Family } from "../../contract.ts";
import type { Newcomers } from "./newcomers.ts";

/** From when to when, on the machine's monotonic clock in milliseconds; null: it lasts. */
export type Span = [fromMs: number, toMs: number | null];

/** What the agent of flows knows of one. */
export interface FlowRecord {
  family: Family;
  kind: "udp" | "tcp";
  sent: number;
  answered: number;
  lastAnswerMs: number | null;
  /** Times between two answers that were longer than usual. */
  gaps: [fromMs: number, toMs: number][];
  /** When its socket failed. */
  failedMs: number | null;
  /** Addresses by which the server knew it. */
  sources: string[];
  /** Of new flows of this kind, one of which begins each 100 ms. */
  newcomers: Newcomers;
}

/** The file that an agent of flows writes again and again. */
export interface FlowRecords {
  writtenMs: number;
  flows: FlowRecord[];
}

/** The monotonic clock that all processes of the machine share. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint() / 1_000n) / 1_000;
}
