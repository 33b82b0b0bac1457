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
  const gatewayAnswers = isAnswered(found) || isNear;
  return { ...found, hindrance: gatewayAnswers ? found.hindrance : null, gatewayAnswers };
}

/** A way out with more routers in reserve, as a lease may name several, by preference (RFC 2132 section 3.5). */
export interface WayOutWithSpares extends WayOut {
  spares: readonly string[];
  /** Gives the default route to one of them, under the lock of the link. */
  lead: (gateway: string) => Promise<void>;
}

/** Of a way out all of whose routers are tried together. */
export const noReserve: Pick<WayOutWithSpares, "spares" | "lead"> = { spares: [], lead: () => Promise.resolve() };

/**
 * Tries a way out, and when no target is reached that way, the same through each router in reserve that answers: the first one
 * that leads out keeps the default route. When none does it stays where it was, if somebody answers there.
 *
 * @throws BootError as tryWayOut
 */
export async function tryRouters(
  { spares, lead, ...way }: WayOutWithSpares,
  ways: Omit<Ways, "families">,
): Promise<Reached & { gatewayAnswers: boolean }> {
  const { place, link } = way;
  let found = await tryWayOut(way, ways);
  if (found.reached !== null) return found;
  let last = found.gatewayAnswers ? way.gateways[0] : undefined;
  for (const spare of spares) {
    if (!(await answersAny(place, [{ link, address: spare }]))) continue;
    await lead(spare);
    const other = await tryWayOut({ ...way, gateways: [spare] }, ways);
    if (other.reached !== null) return other;
    last ??= spare;
    found = { ...found, gatewayAnswers: true };
  }
  if (spares.length > 0 && last !== undefined) await lead(last);
  return found;
}

function isAnswered(found: Reached | null): found is Reached {
  return found !== null && (found.reached !== null || found.hindrance?.kind === "portal");
}
