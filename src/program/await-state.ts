import type { StepName } from "../policy/steps.ts";
import type { Status } from "./status-file.ts";
import { type BootSighting, watchBoot } from "./watch-boot.ts";

/**
 * Waits until the node's boot comes to a step, or has come to it meanwhile; resolves with null when the signal aborts first.
 */
export async function awaitState(state: StepName, signal: AbortSignal): Promise<BootSighting | null> {
  let first: Status | null | undefined;
  for await (const sighting of watchBoot(signal)) {
    first ??= sighting.status;
    if (hasCome(state, first, sighting)) return sighting;
  }
  return null;
}

/**
 * Whether a boot is in a step or was in it since it was first looked at: one that passes in a moment is seen by its count.
 * A boot that was killed is nowhere, but one that has ended is where it ended.
 */
export function hasCome(state: StepName, first: Status | null, { isRunning, status }: BootSighting): boolean {
  if (status === null) return false;
  if (status.state === state && (isRunning || state === "done" || state === "stopped")) return true;
  const isSameBoot = status.pid === first?.pid && status.startedAt === first.startedAt;
  return (status.visits[state] ?? 0) > (isSameBoot ? (first.visits[state] ?? 0) : 0);
}
