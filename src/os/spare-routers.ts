import { leaseOf } from "../policy/lease.ts";
import { names } from "../policy/names.ts";
import { leadThrough } from "./default-route.ts";
import { lastEvent } from "./dhcp-client.ts";
import type { Place } from "./ip.ts";
import { exclusively, type Lock, locks } from "./locks.ts";
import type { WayOutWithSpares } from "./way-out.ts";

/** The routers that the latest lease of a service's client names; none when there is no lease, or none to be made sense of. */
export async function leasedRouters(service: string): Promise<string[]> {
  const event = await lastEvent(service);
  try {
    return (event && leaseOf(event))?.gateways ?? [];
  } catch {
    return [];
  }
}

/** The routers of a lease through which `zos`, or a link of ndmz, does not leave now, and how it would. */
export function reserveOf(
  place: Place,
  link: string,
  { gateways, routers }: { gateways: readonly string[]; routers: readonly string[] },
): Pick<WayOutWithSpares, "spares" | "lead"> {
  const lock = lockOf(place);
  return {
    spares: routers.filter((router) => !gateways.includes(router)),
    lead: (gateway) => exclusively(lock, place.signal, () => leadThrough(place, link, gateway)),
  };
}

/** What guards the routes of the node itself, or of ndmz. */
export function lockOf({ namespace }: Pick<Place, "namespace">): Lock {
  return namespace === names.ndmz ? locks.ndmz : locks.bridge(names.bridge);
}
