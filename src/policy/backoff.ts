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
export function fullJitterMs(attempt: number, backoff: Backoff, random: number): number {
  return Math.round(ceilingMs(attempt, backoff) * random);
}

/**
 * Delay before retry number `attempt` (0 is the first) at a server that has too much to do: uniform in [0, spreadMs), but for
 * the first, which is what is left of such a delay at some moment of it. So those who were refused at one moment come back as
 * evenly as later on; with a uniform first delay they would swell as its end comes near. `random` is in [0, 1).
 *
 * Source: renewal theory, the residual life of a uniform distribution.
 */
export function spreadMs(attempt: number, ms: number, random: number): number {
  return Math.round(ms * (attempt === 0 ? 1 - Math.sqrt(1 - random) : random));
}

/**
 * How long a message is listened for before it is sent again: the `attempt`-th time (0 is the first) twice as long as the time
 * before, a tenth less or more (RFC 8415 section 15). `random` is in [0, 1).
 */
export function retransmissionMs(attempt: number, backoff: Backoff, random: number): number {
  return aboutMs(ceilingMs(attempt, backoff), 0.1, random);
}

/** A delay that is shorter or longer by up to a share of it, so that a farm's nodes do not act at once. `random` is in [0, 1). */
export function aboutMs(ms: number, share: number, random: number): number {
  return Math.round(ms * (1 - share + 2 * share * random));
}

function ceilingMs(attempt: number, { baseMs, capMs }: Backoff): number {
  return Math.min(capMs, baseMs * 2 ** Math.min(attempt, 30));
}
