import * as v from "valibot";
import { BootError } from "../errors.ts";
import type { GridInterface } from "../policy/grid.ts";
import { isOurLink, names } from "../policy/names.ts";
import { type Place, readBatch } from "./ip.ts";

const addressSchema = v.looseObject({
  local: v.optional(v.string()),
  scope: v.string(),
  tentative: v.optional(v.boolean()),
  deprecated: v.optional(v.boolean()),
});
const linksSchema = v.array(
  v.looseObject({
    ifname: v.string(),
    link_type: v.optional(v.string()),
    address: v.optional(v.string()),
    linkinfo: v.optional(v.looseObject({ info_kind: v.optional(v.string()) })),
    addr_info: v.optional(v.array(addressSchema)),
  }),
);
type Link = v.InferOutput<typeof linksSchema>[number];

/** The node's interfaces that others may know it by: `zos`, its NICs, and the outward ones of ndmz as far as there are any. */
export async function readInterfaces(nicKinds: string[], signal: AbortSignal): Promise<GridInterface[]> {
  const isNic = ({ ifname, link_type, linkinfo }: Link) =>
    link_type === "ether" && nicKinds.includes(linkinfo?.info_kind ?? "physical") && !isOurLink(ifname);
  const [own, inside] = await Promise.all([
    linksIn({ namespace: null, signal }),
    linksIn({ namespace: names.ndmz, signal }).catch(noneIfGone),
  ]);
  const bridge = own.filter(({ ifname }) => ifname === names.bridge);
  const outward = inside.filter(({ ifname }) => [names.npub4, names.npub6].includes(ifname as "npub4"));
  return [...bridge, ...own.filter(isNic), ...outward].map(interfaceOf);
}

async function linksIn(place: Place): Promise<Link[]> {
  const [links] = await readBatch([linksSchema], place, ["addr show"]);
  return links;
}

function noneIfGone(error: unknown): Link[] {
  if (error instanceof BootError && error.code === "namespace-gone") return [];
  throw error;
}

function interfaceOf({ ifname, address = "", addr_info = [] }: Link): GridInterface {
  const usable = addr_info.filter(
    ({ scope, tentative, deprecated }) => scope === "global" && tentative !== true && deprecated !== true,
  );
  return { name: ifname, mac: address, ips: usable.flatMap(({ local }) => local ?? []) };
}
