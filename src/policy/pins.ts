import type { NicVerdict } from "../contract.ts";
import { verdictsOnOthers } from "./links.ts";
import { type Circumstances, isListed } from "./selection.ts";

/** A NIC that was found. */
type Known = { nic: string };

/** Why a pin names nothing that can be used: what the link is, or that there is none; null when it names a NIC. */
export function troubleWithPin(pin: string, all: readonly Known[], rules: Circumstances): string | null {
  if (isListed(pin, rules.ignoreNics)) return "it is ignored by configuration too";
  if (all.some(({ nic }) => nic === pin)) return null;
  const link = rules.otherLinks?.find(({ name }) => name === pin);
  return link === undefined ? "there is no link of that name" : `it is ${link.why}`;
}

/** The verdicts on links that are no NICs, and on those that are pinned but not there. */
export function verdictsOnLinks(all: readonly Known[], rules: Circumstances): NicVerdict[] {
  const isKnown = (name: string) => all.some(({ nic }) => nic === name);
  const pins = [...new Set([rules.uplink, rules.exit])].filter((pin) => pin !== null);
  const troubled = pins
    .filter((pin) => !isKnown(pin))
    .map((pin): NicVerdict => {
      const what = [pin === rules.uplink ? "uplink" : [], pin === rules.exit ? "exit" : []].flat().join(" and ");
      const reason = `pinned as the ${what}, but ${troubleWithPin(pin, all, rules)}`;
      return { nic: pin, verdict: "unusable", reason };
    });
  const others = (rules.otherLinks ?? []).filter(({ name }) => !pins.includes(name) && !isKnown(name));
  return [...troubled, ...verdictsOnOthers(others, rules.ignoreNics)];
}
