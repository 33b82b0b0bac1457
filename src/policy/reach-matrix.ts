import type { Family, Settings } from "../contract.ts";
import { names } from "./names.ts";

/** Who begins: two network resources are one row, those who only answer them are the Internet. */
export const sources = ["resource", "node", "lan", "gateway", "internet", "stranger"] as const;
/** Who is reached; a stranger is the Internet as long as nobody hears of them. */
export const destinations = ["resource", "ndmz", "node", "lan", "gateway", "private", "internet"] as const;

/** One of `sources`. */
export type Source = (typeof sources)[number];
/** One of `destinations`. */
export type Destination = (typeof destinations)[number];

/** Who they are, for people: a word, and what it means. */
export const parties: Record<Source | Destination, readonly [word: string, meaning: string]> = {
  resource: ["resources", "network resources, of each other and of a user's own alike"],
  ndmz: ["ndmz", "their router, by any of its addresses"],
  node: ["node", "the node's own addresses, on `zos`"],
  lan: ["LAN", "what is on the link of uplink and exit, by whatever prefix the networks there have"],
  gateway: ["gateways", "the routers there, next hops of all that goes out"],
  private: ["private", "private and other special addresses behind them (RFC 6890), also behind a NAT64"],
  internet: [
    "Internet",
    "whoever has a public address; as a row, those of them whom the other side has asked something",
  ],
  stranger: ["strangers", "those whom nobody has asked"],
};

/** By what something is tried. */
export const kinds = ["tcp", "udp", "icmp"] as const;
/** One of `kinds`; ICMP is an echo. */
export type Kind = (typeof kinds)[number];

/** What is let through where the rest is dropped. */
export interface Named {
  families: readonly Family[];
  /** In a word or two. */
  says: string;
  /** The rule of nft(8) that lets it. */
  rule: string;
  /** That of `kinds` which is let through as such, as far as there is one. */
  kind?: Kind;
}

/** What the rules make of new connections from one to another. */
export interface Cell {
  verdict: "accept" | "drop";
  named: readonly Named[];
}

const both = ["v4", "v6"] as const;

/** The path MTU is discovered by such errors (RFC 1191, RFC 8201). */
const answers: Named = {
  families: both,
  says: "answers",
  rule: "ct state established,related accept",
};

/** ICMPv6 that IPv6 cannot do without (RFC 4890 section 4.4), of a router that asks nobody else for it. */
const onLink: readonly Named[] = [
  {
    families: ["v6"],
    says: "router advertisements",
    rule: `iifname "${names.npub6}" icmpv6 type nd-router-advert ip6 hoplimit 255 accept`, // RFC 4861 section 6.1.2.
  },
  {
    families: ["v6"],
    says: "neighbour discovery",
    rule: "icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } ip6 hoplimit 255 accept", // RFC 4861 section 7.1.
  },
  {
    families: ["v6"],
    says: "listener discovery",
    // RFC 2710 section 3.
    rule: "icmpv6 type { mld-listener-query, mld-listener-report, mld-listener-done, mld2-listener-report } ip6 saddr fe80::/10 accept",
  },
];

/** To a router that resources know as nothing but their next hop. */
const ofResources: readonly Named[] = [
  {
    families: ["v4"],
    says: "ICMP echo",
    rule: `iifname "${names.toResources}" icmp type echo-request accept`,
    kind: "icmp",
  },
  {
    families: ["v6"],
    says: "ICMP echo, router solicitation",
    rule: `iifname "${names.toResources}" icmpv6 type { echo-request, nd-router-solicit } accept`,
    kind: "icmp",
  },
];

/** They may be behind a relay (RFC 2131 section 4.1). */
const dhcp: Named = {
  families: ["v4"],
  says: "DHCP servers",
  rule: `iifname "${names.npub4}" udp sport 67 udp dport 68 accept`,
};

const accept: Cell = { verdict: "accept", named: [] };
const drop: Cell = { verdict: "drop", named: [] };
const answered: Cell = { verdict: "drop", named: [answers] };
const fromLink: Cell = { verdict: "drop", named: [answers, ...onLink, dhcp] };

/** Whether what surrounds the node is for resources: one cell, for one rule cannot tell them apart. */
function surroundings({ lanAccess }: Pick<Settings, "lanAccess">): Cell {
  return lanAccess === "allow" ? accept : drop;
}

/**
 * Who may reach whom: from this the rules of ndmz and of its bridges are made, and docs/reach.md. Where a cell is missing, what
 * goes from one to the other does not come by here. `lanExceptions` are accepted before all that a resource is denied.
 */
export function reachMatrix(
  lan: Pick<Settings, "lanAccess">,
): Readonly<Record<Source, Readonly<Partial<Record<Destination, Cell>>>>> {
  const around = surroundings(lan);
  return {
    resource: {
      resource: drop,
      ndmz: { verdict: "drop", named: [answers, ...ofResources, ...onLink.slice(1)] },
      node: around,
      lan: around,
      gateway: around,
      private: around,
      internet: accept,
    },
    node: { resource: answered, ndmz: fromLink, lan: accept, gateway: accept, private: accept, internet: accept },
    lan: { resource: answered, ndmz: fromLink, node: accept },
    gateway: { resource: answered, ndmz: fromLink, node: accept },
    internet: { resource: answered, ndmz: { verdict: "drop", named: [answers, dhcp] }, node: accept },
    stranger: { resource: drop, ndmz: { verdict: "drop", named: [dhcp] }, node: accept },
  };
}

/** What the rules let into ndmz, whoever it is from, each once. */
export function namedInto(destination: Destination): string[] {
  const cells = Object.values(reachMatrix({ lanAccess: "drop" })).flatMap((row) => row[destination] ?? []);
  return [...new Set(cells.flatMap(({ named }) => named.map(({ rule }) => rule)))];
}

/** The cell from one to another, where there is one. */
export function cellOf(lan: Pick<Settings, "lanAccess">, from: Source, to: Destination): Cell | null {
  return reachMatrix(lan)[from][to] ?? null;
}

/** What becomes of new connections that a resource begins to somebody. */
export function verdictFor(lan: Pick<Settings, "lanAccess">, to: Destination): Cell["verdict"] {
  return cellOf(lan, "resource", to)?.verdict ?? "drop";
}

/** By which of `kinds` one reaches another in a family, unasked. */
export function kindsThrough({ verdict, named }: Cell, family: Family): Kind[] {
  if (verdict === "accept") return [...kinds];
  const through = named.filter(({ families }) => families.includes(family)).map(({ kind }) => kind);
  return kinds.filter((kind) => through.includes(kind));
}
