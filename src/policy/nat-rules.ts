import { names } from "./names.ts";

const { nftTable, npub4, npub6, toResources } = names;

/**
 * The ruleset of ndmz for `nft -f` (nftables 1.0.6): one table of our own, replaced in one transaction.
 *
 * Resources' connections go out masqueraded; from outside comes back only what belongs to them. While an outward interface
 * has no address of its own, masquerading would take one of another interface, and conntrack would keep to it: what does not
 * bear an address of the interface that it leaves through is dropped before conntrack notes it (nft(8), FIB expressions). Path MTU discovery and
 * errors are `related`; ndmz itself takes the ICMPv6 that IPv6 cannot do without (RFC 4890 section 4.4): neighbour and
 * router discovery with hop limit 255 (RFC 4861), multicast listener discovery from the link (RFC 2710), and the answers
 * of DHCP servers.
 */
export const natRules = `table inet ${nftTable}
delete table inet ${nftTable}
table inet ${nftTable} {
  chain passed {
    type filter hook prerouting priority mangle; policy accept;
    meta mark set 1
  }
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    oifname { "${npub4}", "${npub6}" } masquerade
  }
  chain ownsource {
    type filter hook postrouting priority srcnat + 50; policy accept;
    iifname "${toResources}" oifname { "${npub4}", "${npub6}" } fib saddr . oif type != local drop
  }
  chain forward {
    type filter hook forward priority filter; policy drop;
    ct state established,related accept
    ct state invalid drop
    iifname "${toResources}" oifname { "${npub4}", "${npub6}" } accept
  }
  chain input {
    type filter hook input priority filter; policy drop;
    ct state established,related accept
    iifname "lo" accept
    icmpv6 type { nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert } ip6 hoplimit 255 accept
    icmpv6 type { mld-listener-query, mld-listener-report, mld-listener-done, mld2-listener-report } ip6 saddr fe80::/10 accept
    iifname "${toResources}" icmp type echo-request accept
    iifname "${toResources}" icmpv6 type { echo-request, nd-router-solicit } accept
    iifname "${npub4}" udp sport 67 udp dport 68 accept
  }
}
`;

/** The number of rules in each chain of `natRules`: what must be found when it is in place. */
const natRuleCounts: Readonly<Record<string, number>> = {
  passed: 1,
  postrouting: 1,
  ownsource: 1,
  forward: 3,
  input: 7,
};

/** Whether a table read from the kernel has the chains, policies and rules of `natRules`. */
export function isNatInPlace(
  table: { policies: Record<string, string>; ruleCounts: Record<string, number> } | null,
): boolean {
  return (
    table?.policies["forward"] === "drop" &&
    table.policies["input"] === "drop" &&
    Object.entries(natRuleCounts).every(([chain, count]) => table.ruleCounts[chain] === count)
  );
}
