import * as v from "valibot";
import type { AddressFacts } from "../contract.ts";
import { type DefaultRoute, isSourcedRoute } from "../policy/sourced-routes.ts";
import {
  addressFactsOf,
  addressesSchema,
  linksSchema,
  type Link,
  type Place,
  readBatch,
  routesSchema,
  type RoutingRules,
  routingRulesSchema,
} from "./ip.ts";

/** What a place is at one moment. */
export interface PlaceReading {
  links: Link[];
  /** The usable addresses and default gateways of a link; empty when there is no such link. */
  addressesOf: (link: string) => AddressFacts;
  /** All addresses of a link, with prefix length, whatever their scope and state. */
  allAddressesOf: (link: string) => string[];
  /** The default routes by source that were made for a link. */
  sourcedRoutesOf: (link: string) => DefaultRoute[];
  /** Destinations of the routes through a link, default routes left out. */
  destinationsOf: (link: string) => string[];
  /** Whether a neighbour has not answered: while traffic goes to one that is dead, the kernel asks again and again. */
  isSilent: (address: string, link: string) => boolean;
  /** Routing policy rules of IPv4. */
  routingRules4: RoutingRules;
}

const neighboursSchema = v.array(v.looseObject({ dst: v.string(), dev: v.string() }));

/**
 * Reads links, addresses, default routes and silent neighbours of a place, with one process.
 *
 * @throws BootError `namespace-gone`, `bad-output`
 */
export async function readPlace(place: Place): Promise<PlaceReading> {
  const [links, addresses, routes, neighbours, rules] = await readBatch(
    [linksSchema, addressesSchema, routesSchema, neighboursSchema, routingRulesSchema],
    place,
    [
      "link show",
      "addr show",
      "route show table all type unicast",
      "neigh show nud failed nud incomplete",
      "rule show",
    ],
  );
  const defaults = routes.filter(({ dst }) => dst === "default");
  return {
    links,
    addressesOf: (link) =>
      addressFactsOf(
        addresses.filter(({ ifname }) => ifname === link),
        defaults.filter(({ dev }) => dev === link),
      ),
    sourcedRoutesOf: (link) => defaults.filter((route) => route.dev === link && isSourcedRoute(route)),
    destinationsOf: (link) => routes.filter(({ dst, dev }) => dev === link && dst !== "default").map(({ dst }) => dst),
    allAddressesOf: (link) =>
      addresses
        .filter(({ ifname }) => ifname === link)
        .flatMap(({ addr_info = [] }) => addr_info.map(({ local = "", prefixlen = 0 }) => `${local}/${prefixlen}`)),
    routingRules4: rules,
    isSilent: (address, link) => neighbours.some(({ dst, dev }) => dst === address && dev === link),
  };
}
