import type { ProbeFacts } from "../contract.ts";
import { checkedLink } from "./names.ts";
import { maxShunned } from "./timing.ts";

const prefix = "zos-boot-dhcp-";

/**
 * The nftables table that stands between a NIC and DHCP clients. Names of links may have characters that identifiers of nft(8)
 * do not take; `/`, which those take, is in no link's name.
 */
export function guardTable(nic: string): string {
  return prefix + checkedLink(nic).replaceAll(/[^\w.-]/g, (each) => `/${each.charCodeAt(0).toString(16)}`);
}

/** Where things are in a DHCP message, counted in bits from the UDP header on (RFC 2131 section 2). */
const [xid, hardwareAddress] = ["@th,96,32", "@th,288,48"];
/** Option 53, which servers send first, with the type DHCPNAK (RFC 2132 section 9.6). */
const isRefusal = "@th,1984,24 0x350106";

/**
 * Where Cur Hop Limit, Reachable Time and Retrans Timer of a router advertisement are (RFC 4861 section 4.2), and values with which a
 * link is of no use: hosts further away are not reached, and a neighbour that is asked for is waited for, for weeks in the end. A
 * link keeps them until a router says otherwise, which most never do. Reachable Time is an hour at most (section 6.2.1).
 */
const crippling = ["@th,32,8 1-31", "@th,64,32 > 3600000", "@th,96,32 > 10000"];

/**
 * The ruleset of a NIC for `nft -f` (nftables 1.0.6), before any client, bridge or macvlan above it. Advertisements that cripple a
 * link are not heard. Whoever answers a DISCOVER
 * first is asked by clients, and a refusal in the same transaction by another is not for them (RFC 2131 section 4.3.2: a server
 * that was not selected says nothing, but some do). Servers in `shunned` are not heard at all; `offering` is all that have
 * answered the NIC itself.
 */
export function guardRules(nic: string, mac: string): string {
  const table = `table netdev ${guardTable(nic)}`;
  return `${table}
delete ${table}
${table} {
  set shunned { type ipv4_addr; }
  set offering { type ipv4_addr; flags dynamic; size 64; }
  set taken { typeof ${xid}; flags dynamic,timeout; timeout 1m; size 1024; }
  set chosen { typeof ip saddr . ${xid}; flags dynamic,timeout; timeout 1m; size 1024; }
  chain answers {
    ip saddr @shunned drop
    ${isRefusal} ip saddr . ${xid} @chosen accept
    ${isRefusal} ${xid} @taken drop
    ${isRefusal} accept
    ${hardwareAddress} 0x${mac.replaceAll(":", "")} add @offering { ip saddr }
    ${xid} @taken accept
    add @taken { ${xid} } add @chosen { ip saddr . ${xid} }
  }
  chain ingress {
    type filter hook ingress device "${nic}" priority 0; policy accept;
    ip protocol udp udp sport 67 udp dport 68 jump answers
    ${crippling.map((value) => `icmpv6 type nd-router-advert ${value} drop`).join("\n    ")}
  }
}
`;
}

/** These servers are not heard any more behind a NIC, and no others. */
export function shunRules(nic: string, servers: readonly string[]): string {
  const set = `netdev ${guardTable(nic)} shunned`;
  return [`flush set ${set}`, ...servers.map((server) => `add element ${set} { ${server} }`)].join("\n");
}

/**
 * The servers whose leases lead nowhere, when another one may be asked: none when the last one has no name, and none after
 * `maxShunned` of them.
 */
export function triedServers({ lease, shunned = [] }: Pick<ProbeFacts, "lease" | "shunned">): string[] {
  const server = lease?.server ?? null;
  return server !== null && shunned.length < maxShunned ? [...shunned, server] : [];
}

/** Whether there is another server than these, all of which have spoken for themselves: one behind a relay cannot be told apart. */
export function mayShun(servers: readonly string[], offering: readonly string[]): boolean {
  return servers.every((server) => offering.includes(server)) && offering.some((each) => !servers.includes(each));
}

/** A NIC is guarded no more; that it was not does not matter. */
export function unguardRules(nic: string): string {
  const table = `table netdev ${guardTable(nic)}`;
  return `${table}\ndelete ${table}\n`;
}
