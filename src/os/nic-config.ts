import * as v from "valibot";
import { type NicConfig, routesOf } from "../policy/nic-config.ts";
import { type Link, linkSchema, readBatch } from "./ip.ts";
import { createShared } from "./queue.ts";

const text = v.optional(v.string());
const count = v.optional(v.number());
const flag = v.optional(v.boolean());

/** What is kept of an address; see `NicAddress`. */
export const addressSchema = v.object({
  ...{ family: v.string(), local: v.string(), prefixlen: v.number() },
  ...{ address: text, broadcast: text, scope: text, label: text, metric: count },
  ...{ valid_life_time: count, preferred_life_time: count },
  ...{ dynamic: flag, temporary: flag, tentative: flag, mngtmpaddr: flag, noprefixroute: flag, nodad: flag },
  ...{ home: flag, autojoin: flag },
});

const hop = {
  gateway: text,
  via: v.optional(v.object({ family: v.string(), host: v.string() })),
  dev: text,
  weight: count,
  flags: v.optional(v.array(v.string())),
};

/** What is kept of a route; see `NicRoute`. */
export const routeSchema = v.object({
  ...{ ...hop, dst: v.string(), type: text, from: text, tos: text, table: text, protocol: text, scope: text },
  ...{ prefsrc: text, metric: count, expires: count, pref: text },
  metrics: v.optional(v.array(v.record(v.string(), v.unknown()))),
  nexthops: v.optional(v.array(v.object(hop))),
});

const standingSchema = v.looseObject({ ...linkSchema.entries, addr_info: v.array(addressSchema) });

/** How a NIC is configured, and what it is. */
export interface StandingNic extends NicConfig {
  mac: string | null;
  hasCarrier: boolean;
  /** Links of this namespace that send through it, such as VLANs. */
  linksAbove: string[];
}

const readAll = createShared(async () => {
  const place = { namespace: null, signal: new AbortController().signal };
  return readBatch([v.array(standingSchema), v.array(routeSchema)], place, ["addr show", "route show table all"]);
});

/** The links of the node and their configurations, by name; who asks at the same time shares one reading. */
export async function readLinksAndNicConfigs(): Promise<{ links: Link[]; configs: Map<string, StandingNic> }> {
  const [links, routes] = await readAll();
  const configs = new Map(
    links.map(({ ifname, address, flags, addr_info }) => [
      ifname,
      {
        mac: address ?? null,
        hasCarrier: flags.includes("LOWER_UP"),
        addresses: addr_info,
        routes: routesOf(ifname, routes),
        // Both ends of a veth name each other, and neither sends through the other.
        linksAbove: links
          .filter(({ link, linkinfo }) => link === ifname && linkinfo?.info_kind !== "veth")
          .map((each) => each.ifname),
      },
    ]),
  );
  return { links, configs };
}

/** The configurations of all links of the node, by name, as readLinksAndNicConfigs reads them. */
export async function readNicConfigs(): Promise<Map<string, StandingNic>> {
  return (await readLinksAndNicConfigs()).configs;
}
