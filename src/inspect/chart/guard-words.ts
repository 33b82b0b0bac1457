import { maxAttempts, maxMends, maxOutageAttempts, maxShunned } from "../../policy/timing.ts";

/** How far guards count, by their names: what a reader of a picture wants to know of them. */
export const guardCounts: Readonly<Record<string, number>> = {
  isExhausted: maxAttempts,
  isSolicitExhausted: maxAttempts,
  isOutageLong: maxOutageAttempts,
  isLostOften: maxMends,
  isIpv4Left: maxAttempts,
  isIpv4Misled: maxShunned,
};

/** What a guard that counts counts to, such as "3 attempts"; null for others. */
export function countOf(guard: string): string | null {
  const count = guardCounts[guard];
  return count === undefined ? null : `${count} attempts`;
}
