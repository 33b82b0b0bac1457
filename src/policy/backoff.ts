/** The least ceiling of a random delay, and the most, in milliseconds. */
export interface Backoff {
  baseMs: number;
  capMs: number;
}

/**
 * Delay before retry number `attempt` (0 is the first): uniform in [0, min(cap, base × 2^attempt)], so that a farm that
 * powers up at once does not come back at once. `random` is in [0, 1).
 *
 * Source: "full jitter", AWS Architecture Blog, Exponential Backoff And Jitter.
 */
export function fullJitterMs(attempt: number, { baseMs, capMs }: Backoff, random: number): number {
  const ceiling = Math.min(capMs, baseMs * 2 ** Math.min(attempt, 30));
  return Math.round(ceiling * random);
}

/**
 * How long a message is listened for before it is sent again: the `attempt`-th time (0 is the first) twice as long as the time
 * before, a tenth less or more (RFC 8415 section 15). `random` is in [0, 1).
 */
export function retransmissionMs(attempt: number, { baseMs, capMs }: Backoff, random: number): number {
  const ceiling = Math.min(capMs, baseMs * 2 ** Math.min(attempt, 30));
  return Math.round(ceiling * (0.9 + random / 5));
}
