import type { Family } from "../contract.ts";
import { names } from "./names.ts";

/** A routing policy rule for packets from everywhere; ip-rule(8) prints the rest of it so. */
export interface RoutingRule {
  priority: number;
  iif?: string | undefined;
  fwmark?: string | undefined;
  ipproto?: string | undefined;
  table?: string | undefined;
  action?: string | undefined;
}

/** By its number (IANA): ip(8) knows protocols by name only where there is an /etc/protocols. */
const tcp = "6";

const unmarked = { fwmark: "0", action: "blackhole" } as const;

/**
 * The rules of ndmz, in which the rules of `nat` mark whatever comes from resources or from outside. Without them, whoever
 * took them away, what comes from resources would leave with the resources' own addresses, and ndmz itself would refuse what
 * comes back for their connections (RFC 9293 section 3.10.7.1), which would end them. So the kernel's own rule for local
 * addresses, with preference 0, comes after that; ARP, which nothing marks, needs it.
 */
export const ndmzRules: Readonly<Record<Family, readonly RoutingRule[]>> = {
  v4: rulesBehind(names.npub4),
  v6: rulesBehind(names.npub6),
};

function rulesBehind(outward: string): RoutingRule[] {
  return [
    { priority: 100, iif: outward, ipproto: tcp, ...unmarked },
    { priority: 200, table: "local" },
    { priority: 300, iif: names.toResources, ...unmarked },
    { priority: 32_766, table: "main" },
  ];
}

/** The kernel's own rule that would go before ours. */
const foremost: RoutingRule = { priority: 0, table: "local" };

/** Lines for `ip -batch` after which a family has the rules of ndmz; none when it has. */
export function ruleChanges(family: Family, found: readonly RoutingRule[]): string[] {
  return [
    ...missingRules(family, found).map((rule) => `rule add ${wordsOf(rule)}`),
    ...(found.some((rule) => isSame(rule, foremost)) ? [`rule del ${wordsOf(foremost)}`] : []),
  ];
}

/** What is not as it was set, a few words each. */
export function amissInRoutingRules(family: Family, found: readonly RoutingRule[]): string[] {
  return ruleChanges(family, found).length === 0
    ? []
    : [`the routing rules of ${names.ndmz} are not those that were set`];
}

function missingRules(family: Family, found: readonly RoutingRule[]): RoutingRule[] {
  return ndmzRules[family].filter((rule) => !found.some((each) => isSame(each, rule)));
}

/** By what ip(8) prints alike wherever it runs, as it does not protocols and marks. */
const selectors = ["priority", "iif", "table", "action"] as const;

function isSame(a: RoutingRule, b: RoutingRule): boolean {
  return selectors.every((selector) => a[selector] === b[selector]);
}

function wordsOf({ priority, iif, fwmark, ipproto, table, action }: RoutingRule): string {
  return [
    `pref ${priority}`,
    ...(iif === undefined ? [] : [`iif ${iif}`]),
    ...(ipproto === undefined ? [] : [`ipproto ${ipproto}`]),
    ...(fwmark === undefined ? [] : [`fwmark ${fwmark}/0xffffffff`]),
    ...(table === undefined ? [] : [`lookup ${table}`]),
    ...(action === undefined ? [] : [action]),
  ].join(" ");
}
