import ipaddr from "ipaddr.js";
import { run } from "../../os/run.ts";
import { inNamespace } from "../farm/namespaces.ts";
import { echoPort } from "../farm/simulated-internet.ts";
import type { RouterOffer } from "../layouts/layout.ts";
import type { RouterPlan } from "../layouts/topology.ts";

const table = "watched";
const sets = ["seen4", "seen6"] as const;

/** Has a router note the source of every packet of a flow that comes from its LAN, before it translates any (nft 1.0.6). */
export async function watchSources({ namespace }: RouterPlan): Promise<void> {
  const input = `table inet ${table} {
  set seen4 { type ipv4_addr; size 1024; flags dynamic; }
  set seen6 { type ipv6_addr; size 1024; flags dynamic; }
  chain in {
    type filter hook prerouting priority raw; policy accept;
    iifname "lan" meta nfproto ipv4 meta l4proto { tcp, udp } th dport ${echoPort} add @seen4 { ip saddr }
    iifname "lan" meta nfproto ipv6 meta l4proto { tcp, udp } th dport ${echoPort} add @seen6 { ip6 saddr }
  }
}
`;
  await run(inNamespace(namespace, ["nft", "-f", "-"]), { input });
}

/** The sources that a router has seen. */
export async function readSources({ namespace }: RouterPlan): Promise<string[]> {
  const read = async (set: string) => {
    const { stdout } = await run(inNamespace(namespace, ["nft", "-j", "list", "set", "inet", table, set]));
    const { nftables } = JSON.parse(stdout) as { nftables: { set?: { elem?: string[] } }[] };
    return nftables.flatMap((each) => each.set?.elem ?? []);
  };
  return (await Promise.all(sets.map(read))).flat();
}

/** What the packets of resources may have as their source. */
export interface Allowed {
  /** Everything that the router's network was, in the order of time. */
  offers: readonly RouterOffer[];
  /** Addresses of the node that are within those networks by mischance, but are no outward ones. */
  inward: readonly string[];
}

/** Those sources that no outward interface can have had: addresses from outside the router's networks, or inward ones. */
export function straysAmong(sources: readonly string[], { offers, inward }: Allowed): string[] {
  const networks = offers.flatMap(({ ipv4, ipv6 }) => [ipv4?.address, ipv6?.prefix]).filter((each) => each != null);
  return sources.filter((source) => inward.includes(source) || !networks.some((network) => isWithin(source, network)));
}

function isWithin(source: string, network: string): boolean {
  const [address, range] = [ipaddr.parse(source), ipaddr.parseCIDR(network)];
  return address.kind() === range[0].kind() && address.match(range);
}
