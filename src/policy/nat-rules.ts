import { type LanAccess, outwardRules } from "./lan-access.ts";
import { names } from "./names.ts";
import { cellOf, namedInto } from "./reach-matrix.ts";

const { nftTable, npub4, npub6, toResources } = names;

const outside = `{ "${npub4}", "${npub6}" }`;

/**
 * Connections that a resource may begin: so none of them fills what is noted of next hops before entries expire. A browser begins
 * some hundred at once.
 */
export const share = { begunASecond: 500, begunAtOnce: 2_000 } as const;

const tooFast = `limit rate over ${share.begunASecond}/second burst ${share.begunAtOnce} packets`;

/** How many connections the kernel keeps track of where it has more than 4 GiB (nf_conntrack-sysctl.rst of its documentation). */
export const usualTableSize = 262_144;

/**
 * Connections that a resource may hold in each family: it takes 16 resources that hold all they may to fill the kernel's table. Whoever
 * begins one has those that he holds looked at, once in a jiffy (`nf_conncount_add`, Linux 5.19): so no more than some thousand.
 *
 * @param tableSize the kernel's `nf_conntrack_max`
 */
export function mostHeld(tableSize: number): number {
  return Math.min(4_096, Math.floor(tableSize / 32));
}

/** Packets of resources that were dropped, by why: counters of ndmz's table, and of that of its bridges. */
export type Refused = Record<"hasty" | "held" | "nearby" | "forged", number>;

/** A chain of the ruleset: where it is hooked in, unless others lead to it, and its rules. */
interface Chain {
  hook?: string;
  rules: string[];
}

/** What ndmz itself takes, from itself and as the matrix has it. */
function inputFor(lan: LanAccess): Chain {
  return {
    hook: `type filter hook input priority filter; policy ${verdictOf(lan, "ndmz")};`,
    rules: ['iifname "lo" accept', ...namedInto("ndmz")],
  };
}

/** What becomes of what nobody asked for. */
function verdictOf(lan: LanAccess, to: "ndmz" | "resource"): string {
  return cellOf(lan, "stranger", to)?.verdict ?? "drop";
}

/**
 * Resources' connections go out masqueraded, as many of each resource as are its share, to the Internet (`outwardRules`); from
 * outside comes back only what belongs to them. While an outward interface has no address of its own, masquerading would take one
 * of another interface, and conntrack would keep to it: what does not bear an address of the interface that it leaves through is
 * dropped before conntrack notes it (nft(8), FIB expressions). Path MTU discovery and errors are `related`.
 */
function chainsFor(lan: LanAccess, tableSize: number): Record<string, Chain> {
  const { outward, beyond } = outwardRules(lan);
  return {
    passed: { hook: "type filter hook prerouting priority mangle; policy accept;", rules: ["meta mark set 1"] },
    postrouting: {
      hook: "type nat hook postrouting priority srcnat; policy accept;",
      rules: [`oifname ${outside} masquerade`],
    },
    ownsource: {
      hook: "type filter hook postrouting priority srcnat + 50; policy accept;",
      rules: [`iifname "${toResources}" oifname ${outside} fib saddr . oif type != local drop`],
    },
    fair: {
      rules: [
        ...inFamilies((digit, source) => `update @begun${digit} { ${source} ${tooFast} } counter name hasty drop`),
        ...inFamilies(
          (digit, source) =>
            `add @held${digit} { ${source} ct count over ${mostHeld(tableSize)} } counter name held drop`,
        ),
      ],
    },
    beyond: { rules: beyond },
    outward: { rules: outward },
    forward: {
      hook: `type filter hook forward priority filter; policy ${verdictOf(lan, "resource")};`,
      rules: [
        ...namedInto("resource"),
        "ct state invalid drop",
        `iifname "${toResources}" oifname ${outside} jump fair`,
        `iifname "${toResources}" oifname ${outside} goto outward`,
      ],
    },
    input: inputFor(lan),
  };
}

/** A rule of each family, for resources as sources. */
function inFamilies(rule: (digit: string, source: string) => string): string[] {
  return [rule("4", "ip saddr"), rule("6", "ip6 saddr")];
}

/**
 * The ruleset of ndmz for `nft -f` (nftables 1.0.6): one table of our own, replaced in one transaction.
 *
 * @param tableSize the kernel's `nf_conntrack_max`
 */
export function natRules(lan: LanAccess, tableSize = usualTableSize): string {
  const chains = Object.entries(chainsFor(lan, tableSize)).map(([name, { hook, rules }]) => {
    const lines = [...(hook === undefined ? [] : [hook]), ...rules].map((line) => `    ${line}\n`);
    return `  chain ${name} {\n${lines.join("")}  }\n`;
  });
  return `table inet ${nftTable}
delete table inet ${nftTable}
table inet ${nftTable} {
  set nexthops4 { type ipv4_addr; flags dynamic,timeout; timeout 1s; size 65535; }
  set nexthops6 { type ipv6_addr; flags dynamic,timeout; timeout 1s; size 65535; }
  set begun4 { type ipv4_addr; flags dynamic,timeout; timeout 1m; size 65535; }
  set begun6 { type ipv6_addr; flags dynamic,timeout; timeout 1m; size 65535; }
  set held4 { type ipv4_addr; flags dynamic; size 65535; }
  set held6 { type ipv6_addr; flags dynamic; size 65535; }
  counter hasty { }
  counter held { }
  counter nearby { }
${chains.join("")}}
`;
}

/** Whether a table read from the kernel has the chains, policies and rules of `natRules`. */
export function isNatInPlace(
  lan: LanAccess,
  table: { policies: Record<string, string>; ruleCounts: Record<string, number> } | null,
): boolean {
  return (
    table?.policies["forward"] === "drop" &&
    table.policies["input"] === "drop" &&
    Object.entries(chainsFor(lan, usualTableSize)).every(
      ([chain, { rules }]) => (table.ruleCounts[chain] ?? 0) === rules.length,
    )
  );
}
