import type { Layout, Segment } from "./layout.ts";

/** The least that the kernel takes while STP runs (BR_MIN_FORWARD_DELAY in net/bridge/br_private.h). */
const leastForwardDelayMs = 2_000;
/** The least that the configuration takes. */
const leastProbeTimeoutMs = 1_000;

/** The layout with everything that takes its time made shorter or longer by a factor, for people in a hurry. */
export function withDelays(layout: Layout, factor: number): Layout {
  const { probeTimeoutMs } = layout;
  return {
    ...layout,
    segments: layout.segments.map((segment) => scaled(segment, factor)),
    ...(probeTimeoutMs !== undefined && { probeTimeoutMs: atLeast(leastProbeTimeoutMs, probeTimeoutMs * factor) }),
  };
}

function scaled(segment: Segment, factor: number): Segment {
  const { router, stpForwardDelayMs } = segment;
  const later = router?.later;
  return {
    ...segment,
    ...(router !== null &&
      later !== undefined && {
        router: { ...router, later: { ...later, afterMs: Math.round(later.afterMs * factor) } },
      }),
    ...(stpForwardDelayMs !== undefined && {
      stpForwardDelayMs: atLeast(leastForwardDelayMs, stpForwardDelayMs * factor),
    }),
  };
}

function atLeast(leastMs: number, ms: number): number {
  return Math.max(leastMs, Math.round(ms));
}

/** How long a layout itself makes a boot wait; 0 for most. */
export function delayMsOf({ segments, expected, probeTimeoutMs = 0 }: Layout): number {
  const delays = segments.map(({ router, stpForwardDelayMs = 0 }) =>
    Math.max(router?.later?.afterMs ?? 0, 2 * stpForwardDelayMs),
  );
  return Math.max(expected.outcome === "restart" ? probeTimeoutMs : 0, ...delays);
}
