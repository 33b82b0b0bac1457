import * as v from "valibot";
import { ip, type Place, readBatch } from "./ip.ts";

const defaultRoutesSchema = v.array(
  v.looseObject({
    gateway: v.optional(v.string()),
    protocol: v.optional(v.string()),
    prefsrc: v.optional(v.string()),
    metric: v.optional(v.number()),
  }),
);

/**
 * Leads the IPv4 default route of a link through another gateway on it, and leaves all else of the route as it is; nothing
 * changes where there is none. The caller holds the lock of the link.
 *
 * @param gateway a checked IPv4 address
 * @throws BootError `link-gone`, `namespace-gone`, `aborted`
 */
export async function leadThrough(place: Place, link: string, gateway: string): Promise<void> {
  const lines = [`route show default dev ${link}`];
  const [[route]] = await readBatch([defaultRoutesSchema], place, lines);
  if (route === undefined || route.gateway === gateway) return;
  const { protocol, prefsrc, metric } = route;
  const words = [
    ...["route", "replace", "default", "via", gateway, "dev", link, "onlink"],
    ...(protocol === undefined ? [] : ["proto", protocol]),
    ...(prefsrc === undefined ? [] : ["src", prefsrc]),
    ...(metric === undefined ? [] : ["metric", String(metric)]),
  ];
  await ip(place, ...words);
}
