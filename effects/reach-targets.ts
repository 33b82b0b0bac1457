import { firstReachable } from "../src/os/connect.ts";
import { readAddresses } from "../src/os/ip.ts";
import { leasedRouters, reserveOf } from "../src/os/spare-routers.ts";
import { tryRouters } from "../src/os/way-out.ts";
import { names } from "../src/policy/names.ts";
import type { Effects } from "../src/ports.ts";

/**
 * Tries to reach any target from the node itself, in both families; when none is, through the other routers that the lease
 * of `zos` names, of which the one that leads out gets the default route.
 */
export const reachTargets: Effects["reachTargets"] = async ({ goals }, { signal }) => {
  const place = { namespace: null, signal };
  const found = await firstReachable(place, { goals, families: ["v4", "v6"] });
  if (found.reached !== null) return found;
  const [routers, { gateways4: gateways }] = await Promise.all([
    leasedRouters(names.uplinkClient),
    readAddresses(place, names.bridge),
  ]);
  const reserve = reserveOf(place, names.bridge, { gateways, routers });
  if (gateways.length === 0 || reserve.spares.length === 0) return found;
  const way = { place, link: names.bridge, family: "v4", gateways, patienceMs: null } as const;
  return tryRouters({ ...way, ...reserve }, { goals });
};
