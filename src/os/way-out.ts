import { setTimeout as delay } from "node:timers/promises";
import type { Family } from "../contract.ts";
import { firstReachable, type Reached, type Ways } from "./connect.ts";
import type { Place } from "./ip.ts";
import { answersAny } from "./neighbour.ts";

/** A way out of a place: through a link, by its default gateways. */
export interface WayOut {
  place: Place;
  link: string;
  family: Family;
  gateways: readonly string[];
  /** How long targets have before the gateways are asked beside, in milliseconds; null: until none of them has answered. */
  patienceMs: number | null;
}

/**
 * Tries whether a target is reached that way, which proves the gateway too, as does somebody who answers in its place; when
 * nobody does in time, also whether a gateway answers ARP or neighbour discovery.
 *
 * @throws BootError `namespace-gone`, `link-gone`, `aborted`, `tool-missing`, `bad-config`
 */
export async function tryWayOut(
  { place, link, family, gateways, patienceMs }: WayOut,
  ways: Omit<Ways, "families">,
): Promise<Reached & { gatewayAnswers: boolean }> {
  const reaching = firstReachable(place, { ...ways, families: [family] });
  const quick = await (patienceMs === null
    ? reaching
    : Promise.race([reaching, delay(patienceMs, null, { ref: false })]));
  if (isAnswered(quick)) return { ...quick, gatewayAnswers: true };
  const neighbours = gateways.map((address) => ({ link, address }));
  const [found, isNear] = await Promise.all([reaching, answersAny(place, neighbours)]);
  return { ...found, gatewayAnswers: isAnswered(found) || isNear };
}

function isAnswered(found: Reached | null): found is Reached {
  return found !== null && (found.reached !== null || found.hindrance?.kind === "portal");
}
