import { firstReachable } from "../src/os/connect.ts";
import type { AddressFacts } from "../src/contract.ts";
import { type Place, readAddresses } from "../src/os/ip.ts";
import { advertisedNat64 } from "../src/os/nat64.ts";
import { sourcedWay } from "../src/os/sourced-routers.ts";
import { leasedRouters, lockOf, reserveOf } from "../src/os/spare-routers.ts";
import { tryRouters, type WayOutWithSpares } from "../src/os/way-out.ts";
import { names } from "../src/policy/names.ts";
import { hasSeveralProviders } from "../src/policy/sourced-routes.ts";
import type { Effects } from "../src/ports.ts";

/**
 * Tries to reach any target from the node itself, in both families; when none is, through the other routers that the lease
 * of `zos` names, or those of several providers, of which the one that leads out gets the default route.
 */
export const reachTargets: Effects["reachTargets"] = async ({ goals }, { signal }) => {
  const place = { namespace: null, signal };
  const found = await firstReachable(place, { goals, nat64, families: ["v4", "v6"] });
  if (found.reached !== null) return found;
  const addresses = await readAddresses(place, names.bridge);
  const ways = [await leasedWay(place, addresses), await sourcedWayOf(place, addresses)];
  for (const way of ways.filter((each) => each !== null)) {
    const other = await tryRouters({ place, link: names.bridge, patienceMs: null, ...way }, { goals, nat64 });
    if (other.reached !== null) return other;
  }
  return found;
};

/** Of hosts that have IPv4 alone, where there is IPv6 alone. */
const nat64 = (place: Place) => advertisedNat64(place, names.bridge);

type Reserve = Pick<WayOutWithSpares, "family" | "gateways" | "spares" | "lead">;

async function leasedWay(place: Place, { gateways4: gateways }: AddressFacts): Promise<Reserve | null> {
  const reserve = reserveOf(place, names.bridge, { gateways, routers: await leasedRouters(names.uplinkClient) });
  return gateways.length === 0 || reserve.spares.length === 0 ? null : { family: "v4", gateways, ...reserve };
}

async function sourcedWayOf(place: Place, addresses: AddressFacts): Promise<Reserve | null> {
  if (!hasSeveralProviders(addresses)) return null;
  const found = await sourcedWay({ place, link: names.bridge, lock: lockOf(place) });
  return found && { family: "v6", ...found };
}
