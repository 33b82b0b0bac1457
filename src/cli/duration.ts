import { InvalidArgumentError } from "commander";

const unitsMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;

/** What a timer of Node.js can wait at most: 32 bits of milliseconds, some 24 days. */
const mostMs = 2 ** 31 - 1;

/**
 * A length of time such as `500ms`, `30s`, `2m` or `1h`, in milliseconds.
 *
 * @throws InvalidArgumentError for anything else, and for more than 24 days
 */
export function parseDuration(text: string): number {
  const [, digits = "", unit = ""] = /^(\d{1,12})(ms|s|m|h)$/.exec(text) ?? [];
  const ms = Number(digits) * (unit === "" ? Number.NaN : unitsMs[unit as keyof typeof unitsMs]);
  if (ms >= 0 && ms <= mostMs) return ms;
  throw new InvalidArgumentError("a length of time such as 500ms, 30s, 2m or 1h is expected, at most 24 days.");
}
