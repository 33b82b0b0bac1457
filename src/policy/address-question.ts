import { checkedLink } from "./names.ts";

const table = "netdev zos-boot-ask";

/**
 * The ruleset for `nft -f` (nftables 1.0.6, kernel 5.16) by which the kernel asks for an address without claiming it: it asks by
 * ARP in the name of an address of its own, but here in nobody's, which whoever has the address answers (RFC 5227 section
 * 2.1.1; a host that is asked for its address in the name of that same address does not).
 *
 * @param address IPv4, checked
 */
export function askingRules(link: string, address: string): string {
  return `table ${table}
delete table ${table}
table ${table} {
  chain out {
    type filter hook egress device "${checkedLink(link)}" priority 0; policy accept;
    arp operation request arp daddr ip ${address} arp saddr ip set 0.0.0.0
  }
}
`;
}

/** Nobody asks any more. */
export const askedRules = `delete table ${table}\n`;
