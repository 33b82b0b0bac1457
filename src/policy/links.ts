import type { NicVerdict, OtherLink } from "../contract.ts";
import { isOurLink, isUsableLinkName } from "./names.ts";
import { byName, isListed } from "./selection.ts";

/** What a link of the node tells of what it is, as `ip -d -j link` (iproute2 6.1) and sysfs have it. */
export interface LinkKind {
  ifname: string;
  link_type: string;
  master?: string | undefined;
  /** The link on top of which it is. */
  link?: string | undefined;
  linkinfo?:
    | { info_kind?: string | undefined; info_data?: { id?: unknown; [key: string]: unknown } | undefined }
    | undefined;
  isWifi: boolean;
}

/** Kinds that people take for NICs; those that are neither these nor configured belong to containers and tunnels. */
const nicLikeKinds: readonly string[] = ["physical", "bond", "team", "vlan"];

/** The kind of a link, as `nicKinds` names it: `physical` has none in the kernel. */
export function kindOf({ linkinfo }: Pick<LinkKind, "linkinfo">): string {
  return linkinfo?.info_kind ?? "physical";
}

/**
 * Parts the node's links into those that are NICs and those that are not, each in natural name order; the program's own
 * links, loopback and NICs that network resources have are neither.
 */
export function partLinks<Link extends LinkKind>(
  links: readonly Link[],
  kinds: readonly string[],
): { nics: Link[]; otherLinks: OtherLink[] } {
  const seen = links
    .filter(({ ifname, link_type }) => link_type !== "loopback" && !isOurLink(ifname))
    .filter((link) => !isOurLink(link.master ?? "") || isNicLike(link, kinds))
    .toSorted((a, b) => byName(a.ifname, b.ifname));
  const otherLinks = seen.flatMap((link): OtherLink[] => {
    const why = whyNoNic(link, links, kinds);
    return why === null ? [] : [{ name: link.ifname, kind: kindOf(link), isNicLike: isNicLike(link, kinds), why }];
  });
  return { nics: seen.filter((link) => whyNoNic(link, links, kinds) === null), otherLinks };
}

function isNicLike(link: LinkKind, kinds: readonly string[]): boolean {
  return nicLikeKinds.includes(kindOf(link)) || kinds.includes(kindOf(link));
}

/** Why a link is no NIC; null when it is one. */
function whyNoNic(link: LinkKind, links: readonly LinkKind[], kinds: readonly string[]): string | null {
  const kind = kindOf(link);
  if (link.master !== undefined) return whyPort(link.master, links);
  if (!kinds.includes(kind)) return `${descriptionOf(link, links)}; kind ${kind} is not among nicKinds`;
  if (link.link_type !== "ether") return `a link of type ${link.link_type}; only Ethernet is used`;
  if (link.isWifi) return "Wi-Fi, which is not set up by this program";
  return isUsableLinkName(link.ifname) ? null : "a link whose name has characters that commands do not take; rename it";
}

function whyPort(master: string, links: readonly LinkKind[]): string {
  const found = links.find(({ ifname }) => ifname === master);
  const isForeign = found !== undefined && !isOurLink(master);
  return `a port of ${master}${isForeign ? ` (${kindOf(found)})` : ""}`;
}

function descriptionOf(link: LinkKind, links: readonly LinkKind[]): string {
  const kind = kindOf(link);
  if (kind === "vlan") {
    const id = link.linkinfo?.info_data?.id;
    return `VLAN${typeof id === "number" ? ` ${id}` : ""}${link.link === undefined ? "" : ` on ${link.link}`}`;
  }
  if (kind === "bond" || kind === "team") {
    const ports = links.filter(({ master }) => master === link.ifname).map(({ ifname }) => ifname);
    return `a ${kind} ${ports.length === 0 ? "without ports" : `of ${ports.toSorted(byName).join(", ")}`}`;
  }
  return kind === "physical" ? "hardware" : "a virtual link";
}

const shownOfMany = 3;

/** A verdict on each link that is no NIC but may be taken for one, and a single one on all others. */
export function verdictsOnOthers(others: readonly OtherLink[], ignored: readonly string[]): NicVerdict[] {
  const left = others.filter(({ name }) => !isListed(name, ignored));
  const minor = left.filter(({ isNicLike: isLike }) => !isLike);
  const single = minor.length > 1 ? left.filter(({ isNicLike: isLike }) => isLike) : left;
  const verdicts = single.map(({ name, why }): NicVerdict => ({ nic: name, verdict: "unusable", reason: why }));
  return minor.length > 1 ? [...verdicts, summaryOf(minor)] : verdicts;
}

function summaryOf(minor: readonly OtherLink[]): NicVerdict {
  const shown = minor.slice(0, shownOfMany).map(({ name }) => name);
  const more = minor.length > shownOfMany ? ` and ${minor.length - shownOfMany} more` : "";
  const kinds = [...new Set(minor.map(({ kind }) => kind))].toSorted(byName);
  const reason = `virtual links of kinds that are not among nicKinds: ${kinds.join(", ")}`;
  return { nic: `${shown.join(", ")}${more}`, verdict: "unusable", reason };
}
