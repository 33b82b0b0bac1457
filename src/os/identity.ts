import { createHash } from "node:crypto";
import { hostname } from "node:os";
import type { Identity } from "../contract.ts";
import { BootError } from "../errors.ts";
import { duidOfMac, duidOfUuid, macOfDigest } from "../policy/identity.ts";
import { names } from "../policy/names.ts";
import { readText } from "./files.ts";
import { type Link, readLinks } from "./ip.ts";

/**
 * Derives who the node is from its hardware: the DMI product UUID where firmware set one, else the lowest permanent MAC.
 *
 * @throws BootError `link-gone` when the node has neither
 */
export async function readIdentity(nicKinds: string[], signal: AbortSignal): Promise<Identity> {
  const byUuid = duidOfUuid((await readText("/sys/class/dmi/id/product_uuid")) ?? "");
  const duid = byUuid ?? duidOfMac(lowestMac(await readLinks({ namespace: null, signal }), nicKinds));
  const macFor = (role: string) => macOfDigest(createHash("sha256").update(`${duid} ${role}`).digest("hex"));
  return {
    source: byUuid === null ? "mac" : "dmi",
    duid,
    hostname: /^[A-Za-z0-9-]{1,63}$/.test(hostname()) ? hostname() : "zos",
    npub4Mac: macFor(names.npub4),
    npub6Mac: macFor(names.npub6),
  };
}

function lowestMac(links: Link[], nicKinds: string[]): string {
  const [lowest] = links
    .filter((link) => link.link_type === "ether" && nicKinds.includes(link.linkinfo?.info_kind ?? "physical"))
    .flatMap((link) => link.permaddr ?? link.address ?? [])
    .toSorted();
  if (lowest === undefined)
    throw new BootError("link-gone", "the node has no NIC and no DMI product UUID to be known by");
  return lowest;
}
