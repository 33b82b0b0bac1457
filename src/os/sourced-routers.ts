import * as v from "valibot";
import type { AddressFacts } from "../contract.ts";
import { names } from "../policy/names.ts";
import {
  advertisementsIn,
  hasOneProvider,
  leaderOf,
  planSourcedRoutes,
  routersKnown,
  type Advertisement,
  type SourcedRouter,
  type SourcedState,
  sourcedRouters,
} from "../policy/sourced-routes.ts";
import { addressesSchema, addressFactsOf, ipBatch, type Place, readBatch, routesSchema } from "./ip.ts";
import { exclusively, type Lock } from "./locks.ts";
import { throwSerious } from "./serious.ts";
import { listenToRouters } from "./solicit.ts";
import type { WayOutWithSpares } from "./way-out.ts";

/** RFC 4861 section 10: MAX_RA_DELAY_TIME, then MIN_DELAY_BETWEEN_RAS and that, each with some more for the way. */
const soonMs = 600;
const lateMs = 3_600;

/** A link whose routers may be several providers', and the lock that guards its routes where the caller does not hold it. */
export interface SourcedLink {
  place: Place;
  link: string;
  lock: Lock | null;
}

/**
 * Has packets leave a link through the router that advertised their source (RFC 8028 section 3.2), and new connections by one
 * router and an address that is of its prefix; the router that leads already goes on leading. What is so already costs one
 * reading. Null where nothing is known of several: what was done for more is undone once there is one.
 *
 * @throws BootError `link-gone`, `namespace-gone`, `aborted`, `tool-missing`
 */
export async function sourcedWay(
  at: SourcedLink,
): Promise<Pick<WayOutWithSpares, "gateways" | "spares" | "lead"> | null> {
  const { routes, facts } = await readState(at);
  const known = routersKnown(routes, facts);
  const routers = known ?? (await ledAsBefore(at, facts, routes));
  if (known === null && (routers.length > 0 || hasOneProvider(facts))) await lead(at, routers);
  const [first, ...others] = routers.map(({ router }) => router);
  if (first === undefined) return null;
  return {
    gateways: [first],
    spares: others,
    lead: (gateway) => lead(at, foremost(routers, gateway)),
  };
}

async function ledAsBefore(
  at: SourcedLink,
  facts: AddressFacts,
  routes: SourcedState["routes"],
): Promise<SourcedRouter[]> {
  if (hasOneProvider(facts)) return [];
  const routers = sourcedRouters(await listen(at, facts.gateways6), facts);
  return foremost(routers, leaderOf(routes));
}

function foremost(routers: readonly SourcedRouter[], first: string | undefined): SourcedRouter[] {
  return [...routers.filter(({ router }) => router === first), ...routers.filter(({ router }) => router !== first)];
}

async function lead(at: SourcedLink, routers: readonly SourcedRouter[]): Promise<void> {
  const { place, link, lock } = at;
  const change = async () => {
    const { facts, ...state } = await readState(at);
    const plan = planSourcedRoutes(routers, { link, ...state, addresses: facts.ipv6 }, place.namespace === names.ndmz);
    await ipBatch(place, plan.lead, "v6");
    // Kernels that cannot route by source have to do with the router that leads.
    await ipBatch(place, plan.others, "v6").catch(throwSerious);
  };
  await (lock === null ? change() : exclusively(lock, place.signal, change));
}

const labelsSchema = v.array(
  v.looseObject({ address: v.string(), prefixlen: v.number(), ifname: v.optional(v.string()), label: v.number() }),
);

async function readState({ place, link }: SourcedLink) {
  const [addresses, defaults, labels] = await readBatch([addressesSchema, routesSchema, labelsSchema], place, [
    `addr show dev ${link}`,
    `route show table all default dev ${link}`,
    "addrlabel list",
  ]);
  const routes = defaults.filter(({ gateway = "" }) => gateway.includes(":"));
  return { facts: addressFactsOf(addresses, defaults), routes, labels };
}

/** What routers advertise when they are solicited; again, for as long as one may take, when one of these did not at first. */
async function listen({ place, link }: SourcedLink, routers: readonly string[]): Promise<Advertisement[]> {
  const soon = advertisementsIn(await listenToRouters(place, link, soonMs));
  if (routers.every((router) => soon.some((each) => each.router === router))) return soon;
  return [...advertisementsIn(await listenToRouters(place, link, lateMs)), ...soon];
}
