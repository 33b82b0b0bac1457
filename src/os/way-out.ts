import { setTimeout as delay } from "node:timers/promises";
import type { Family } from "../contract.ts";
import { firstReachable } from "./connect.ts";
import type { Place } from "./ip.ts";
import { answersAny } from "./neighbour.ts";

/** A way out of a place: through a link, by its default gateways. */
export interface WayOut {
  place: Place;
  link: string;
  family: Family;
  gateways: readonly string[];
  /** How long targets have before the gateways are asked beside, in milliseconds; null: until none of them has accepted. */
  patienceMs: number | null;
}

/**
 * Tries whether a target accepts a connection that way, which proves the gateway too; when none does in time, also whether a
 * gateway answers ARP or neighbour discovery.
 *
 * @returns the first target that accepted, or null
 * @throws BootError `namespace-gone`, `link-gone`, `aborted`, `tool-missing`
 */
export async function tryWayOut(
  { place, link, family, gateways, patienceMs }: WayOut,
  targets: readonly string[],
): Promise<{ reached: string | null; gatewayAnswers: boolean }> {
  const reaching = firstReachable(place, targets, [family]);
  const quick = await (patienceMs === null
    ? reaching
    : Promise.race([reaching, delay(patienceMs, null, { ref: false })]));
  if (quick !== null) return { reached: quick, gatewayAnswers: true };
  const neighbours = gateways.map((address) => ({ link, address }));
  const [reached, isAnswered] = await Promise.all([reaching, answersAny(place, neighbours)]);
  return { reached, gatewayAnswers: reached !== null || isAnswered };
}
