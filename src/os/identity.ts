import { createHash } from "node:crypto";
import { hostname } from "node:os";
import * as v from "valibot";
import type { Identity } from "../contract.ts";
import { BootError } from "../errors.ts";
import {
  duidOfDigest,
  duidOfMac,
  firstLabelOf,
  type Hardware,
  isSameBoard,
  type KeptIdentity,
  macOfDigest,
  productUuid,
} from "../policy/identity.ts";
import { names } from "../policy/names.ts";
import { readBus } from "./nic-driver.ts";
import { readText, writeAtomically } from "./files.ts";
import type { Link } from "./ip.ts";

const keptSchema = v.object({ duid: v.string(), uuid: v.nullable(v.string()), macs: v.array(v.string()) });

/**
 * Who the node is: derived from its board, the product UUID and the lowest permanent MAC on it, and kept where storage lasts,
 * so that a NIC that comes late or goes does not make another node of it. A file that is damaged, or another board's, is
 * replaced by what is derived.
 *
 * @param links all of the node
 * @throws BootError `link-gone` while there is nothing to be known by
 */
export async function readIdentity(nicKinds: string[], links: Link[]): Promise<Identity> {
  const hardware = await readHardware(links.filter((link) => isOfKind(link, nicKinds)));
  const kept = await readKept();
  const known = kept !== null && isSameBoard(kept, hardware) ? kept : null;
  const duid = known?.duid ?? derive(hardware);
  if (hardware.macs.length > 0) await keep({ ...hardware, duid, macs: union(known?.macs ?? [], hardware.macs) }, kept);
  const macFor = (role: string) => macOfDigest(digestOf(`${duid} ${role}`));
  return {
    source: known !== null ? "kept" : hardware.uuid === null ? "mac" : "dmi",
    duid,
    hostname: firstLabelOf(hostname()) ?? "zos",
    npub4Mac: macFor(names.npub4),
    npub6Mac: macFor(names.npub6),
  };
}

/** Two boards may have one UUID, but not one MAC. */
function derive({ uuid, macs: [lowest] }: Hardware): string {
  if (uuid !== null) return duidOfDigest(digestOf(`${uuid} ${lowest ?? ""}`));
  if (lowest === undefined) {
    throw new BootError("link-gone", "the node has no NIC and no DMI product UUID to be known by");
  }
  return duidOfMac(lowest);
}

function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function union(a: string[], b: string[]): string[] {
  return [...new Set([...a, ...b])].toSorted();
}

async function readKept(): Promise<KeptIdentity | null> {
  try {
    const result = v.safeParse(keptSchema, JSON.parse((await readText(names.identityFile)) ?? "null"));
    return result.success ? result.output : null;
  } catch {
    return null;
  }
}

/** On a node without storage the same is derived at the next boot. */
async function keep(identity: KeptIdentity, kept: KeptIdentity | null): Promise<void> {
  const text = JSON.stringify(identity);
  if (text !== JSON.stringify(kept)) await writeAtomically(names.identityFile, `${text}\n`).catch(() => undefined);
}

function isOfKind({ link_type, linkinfo }: Link, nicKinds: string[]): boolean {
  return link_type === "ether" && nicKinds.includes(linkinfo?.info_kind ?? "physical");
}

async function readHardware(links: Link[]): Promise<Hardware> {
  const buses = await Promise.all(links.map(({ ifname }) => readBus(ifname)));
  const onBoard = links.filter((_, index) => buses[index] !== null && buses[index] !== "usb");
  return {
    uuid: productUuid((await readText("/sys/class/dmi/id/product_uuid").catch(() => null)) ?? ""),
    macs: permanentMacs(onBoard.length > 0 ? onBoard : links),
  };
}

function permanentMacs(links: Link[]): string[] {
  return links.flatMap((link) => link.permaddr ?? link.address ?? []).toSorted();
}
