import { names } from "./names.ts";
import { verdictFor } from "./reach-matrix.ts";
import { boundTo, indexOfPort } from "./resource-address.ts";

const { nftTable, ndmzBridge, publicBridge } = names;

/** An IPv6 neighbour's target address in a solicitation or advertisement (RFC 4861 section 4.4); nft 1.0.6 has no word for it. */
const target = "@th,64,128";

/** Whatever of the LAN is for resources: by these bridges neither the node nor another resource is. */
const byBridge = { lanAccess: "drop" } as const;
const [toNode, toEachOther] = [verdictFor(byBridge, "node"), verdictFor(byBridge, "resource")];

/** What a resource may not send, such as in another's name. */
const forged = "counter name forged drop";

/** The node takes no part in IPv4 and IPv6 of these bridges, neither as a host nor as a router. */
const nodeRules = `table inet ${nftTable} {
  chain input {
    type filter hook input priority filter; policy accept;
    iifname { "${ndmzBridge}", "${publicBridge}" } ${toNode}
  }
  chain forward {
    type filter hook forward priority filter; policy accept;
    iifname "${ndmzBridge}" ${toNode}
    iifname "${publicBridge}" oifname != "${publicBridge}" ${toNode}
  }
}
`;

/**
 * What the node itself lets through on the bridges of ndmz, for `nft -f` (nftables 1.0.6): two tables of our own, replaced in one
 * transaction. A resource's port carries what bears the resource's own hardware address and addresses, in ARP (RFC 826) and
 * neighbour discovery too, so that nobody gets what is for others; routers and DHCP servers are none of them (RFC 6105, RFC 7610), and
 * nothing goes from port to port. What is addressed to the node on these bridges, which has no address there, is dropped after the
 * macvlans on them have taken what is theirs; ARP the bridges do not take at all (`arp off`).
 *
 * @param ports the ports of all resources that are attached
 */
export function portRules(ports: readonly string[]): string {
  return `${unboundRules}table bridge ${nftTable} {
${setsFor(ports)}
  counter forged { }
  chain discovery {
    icmpv6 type { nd-router-advert, nd-redirect } ${forged}
    icmpv6 type nd-neighbor-advert iifname . ${target} != @targets ${forged}
  }
  chain ipv4 {
    udp sport 67 ${forged}
    iifname . ether saddr . ip saddr @own4 accept
    ${forged}
  }
  chain ipv6 {
    meta l4proto 58 jump discovery
    udp sport 547 ${forged}
    iifname . ether saddr . ip6 saddr @own6 accept
    ${forged}
  }
  chain resource {
    meta protocol vmap { ip : goto ipv4, ip6 : goto ipv6 }
    iifname . ether saddr . arp saddr ether . arp saddr ip @ownarp accept
    ${forged}
  }
  chain prerouting {
    type filter hook prerouting priority filter; policy accept;
    iifname "nr-*" goto resource
  }
  chain forward {
    type filter hook forward priority filter; policy accept;
    iifname "nr-*" ${toEachOther}
    oifname "nr-*" ${toEachOther}
  }
}
${nodeRules}`;
}

/** Takes the tables of `portRules` away; that they are not there does not matter. */
export const unboundRules = ["bridge", "inet"]
  .map((family) => `table ${family} ${nftTable}\ndelete table ${family} ${nftTable}\n`)
  .join("");

/** Whether rules let a port carry something, or must not because it is none that `attach` makes. */
export function isBoundBy(rules: string, port: string): boolean {
  return indexOfPort(port) === null || rules.includes(`"${port}" . `);
}

/** What each port's resource has. */
function setsFor(ports: readonly string[]): string {
  const bound = ports.flatMap((port) => {
    const index = indexOfPort(port);
    return index === null ? [] : [{ port: `"${port}"`, ...boundTo(index) }];
  });
  const own4 = bound.map(({ port, mac, ipv4 }) => `${port} . ${mac} . ${ipv4}`);
  const ownArp = bound.map(({ port, mac, ipv4 }) => `${port} . ${mac} . ${mac} . ${ipv4}`);
  const own6 = bound.flatMap(({ port, mac, ipv6 }) => ipv6.map(({ text }) => `${port} . ${mac} . ${text}`));
  const targets = bound.flatMap(({ port, ipv6 }) => ipv6.map(({ hex }) => `${port} . ${hex}`));
  return `  set own4 { type ifname . ether_addr . ipv4_addr; ${elementsOf(own4)}}
  set ownarp { type ifname . ether_addr . ether_addr . ipv4_addr; ${elementsOf(ownArp)}}
  set own6 { type ifname . ether_addr . ipv6_addr; ${elementsOf(own6)}}
  set targets { typeof iifname . ${target}; ${elementsOf(targets)}}`;
}

function elementsOf(elements: readonly string[]): string {
  return elements.length === 0 ? "" : `elements = { ${elements.join(", ")} }; `;
}
