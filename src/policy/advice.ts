import type { AddressFacts, Family, Hindrance } from "../contract.ts";
import { ipv4KindOf, type Ipv6Kind, ipv6KindOf, leadsOut, type NicNetwork } from "./network.ts";

const withoutIt = "without it ndmz cannot finish, and 0-db cannot be served";

const ipv6Advice: Record<Ipv6Kind, string | null> = {
  global: null,
  ula: "Ask the ISP for a global IPv6 prefix and advertise it on this network: the addresses here are local ones (ULA), with which 0-db cannot be served.",
  none: `Ask the ISP for IPv6 by router advertisements (SLAAC) on this network; ${withoutIt}.`,
  noRouter: `Make the router advertise itself as the default IPv6 router (a router lifetime above 0), not the prefix alone; ${withoutIt}.`,
  noAddress: `Make the router advertise a /64 prefix for autoconfiguration (SLAAC), not itself alone, nor DHCPv6; ${withoutIt}.`,
};

/** What to ask for, in a sentence, where ndmz gets no IPv6 by which it can finish and serve; null where nothing is missing. */
export function adviceForIpv6(addresses: Pick<AddressFacts, "ipv6" | "gateways6">): string | null {
  return ipv6Advice[ipv6KindOf(addresses)];
}

/** What to do where it is not for the network to give IPv6. */
export const adviceForKernel = `This node's kernel has no IPv6: take ipv6.disable=1 off its command line, or build IPv6 into it; ${withoutIt}.`;

/** What to do where the NIC gets IPv6 but ndmz, which has a MAC of its own behind it, does not. */
export const adviceForMacs =
  "The network gives IPv6 to the node but not to ndmz: let the switch port take more than one MAC address (port security off).";

/** What to know where workloads leave through an IPv4 address that the ISP shares among customers. */
export const adviceForSharing =
  "The ISP shares one IPv4 address among customers (carrier-grade NAT): connections out work, but nothing can be reached from outside over IPv4; ask for a public IPv4 address if that is needed.";

/** A sentence for each thing that is missing or wrong on the NICs; what is said of several NICs is said once. */
export function adviceForNics(networks: readonly NicNetwork[]): string[] {
  if (networks.length === 0) {
    return ["No NIC was found: check that the kernel has a driver for the network card, and what nicKinds says."];
  }
  const isOneEnough = networks.some((network) => leadsOut(network));
  const nicsOf = new Map<string, string[]>();
  for (const network of networks.filter((each) => !each.isIgnored)) {
    for (const sentence of sentencesFor(network, isOneEnough)) {
      nicsOf.set(sentence, [...(nicsOf.get(sentence) ?? []), network.nic]);
    }
  }
  return [...nicsOf].map(([sentence, nics]) => `${nics.join(", ")}: ${sentence}`);
}

function sentencesFor(network: NicNetwork, isOneEnough: boolean): string[] {
  if (network.fault !== null) {
    return [`could not be probed (${network.fault}): that is no fault of the network; see the log, and \`isolation\`.`];
  }
  if (!network.hasCarrier) {
    return [
      isOneEnough
        ? "no carrier; that is fine if nothing is plugged in here, otherwise check the cable and the switch port."
        : "no carrier: plug in a cable, and check that the switch port is on.",
    ];
  }
  if (network.pending.length > 0 && !leadsOut(network)) return []; // Too early to say.
  return leadsOut(network) ? gatewayAdvice(network) : [noGatewayAdvice(network)];
}

function noGatewayAdvice(network: NicNetwork): string {
  switch (ipv4KindOf(network)) {
    case "linkLocal":
      return "the lease is a link-local address (169.254.0.0/16), which leads nowhere: switch on the router's DHCP server, or find the device that gives such leases.";
    case "noGateway":
      return "the DHCP server gives an address but no default gateway: set its router option (3, or 121), unless this network is not meant to lead out.";
    default:
      return ipv6KindOf(network) === "none"
        ? "there is a link but nobody offers an address: switch on DHCP or router advertisements on this network, or check the switch port's VLAN."
        : "there is an IPv6 router but no way out: have it advertise a prefix and a default route, or switch on DHCP.";
  }
}

const remedies: Record<Hindrance["kind"], string> = {
  portal:
    "have the network let this node's MAC address pass without a login, or plug it in where there is none. Where a proxy of your own answers, name its authority with `caFile`.",
  dns: "have the network name DNS servers that answer, or check the router's own line to the ISP where it is one; `fallbackDns` names others that may be asked.",
};

/** What is wrong with default gateways that were tried. */
function gatewayAdvice(network: NicNetwork): string[] {
  const families: Family[] = ["v4", "v6"];
  return families.flatMap((family) => {
    const [gateway] = family === "v4" ? network.gateways4 : network.gateways6;
    if (gateway === undefined || network.reaches[family] !== false) return [];
    const hindrance = network.hindrances[family];
    if (hindrance !== null) return `${hindrance.says}: ${remedies[hindrance.kind]}`;
    return network.answers[family] === false
      ? `the gateway ${gateway} does not answer: check that the router is on, and that this is its address.`
      : `the gateway ${gateway} answers but leads nowhere: check the router's own line to the ISP, its DNS, and that it lets connections out.`;
  });
}
