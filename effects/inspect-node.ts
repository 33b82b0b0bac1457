import type { AddressFacts } from "../src/contract.ts";
import type { Effects, Supervisor } from "../src/ports.ts";
import { readNamespaces, routingRulesIn } from "../src/os/ip.ts";
import { type PlaceReading, readPlace } from "../src/os/place-reading.ts";
import { hasKernelIpv6, readSysctlsAndRules6 } from "../src/os/sysctl.ts";
import { amissIn, isFlap, type NdmzReading } from "../src/policy/amiss.ts";
import { noAddresses } from "../src/policy/addresses.ts";
import type { LanAccess } from "../src/policy/lan-access.ts";
import { isResourcePort, names } from "../src/policy/names.ts";
import { allNdmzSysctls } from "../src/policy/ndmz-plan.ts";
import { arePortsBound } from "./bind-ports.ts";
import { areRulesInPlace, rulesFor } from "./ensure-nat.ts";
import { readIdleClients } from "./read-idle-clients.ts";

/** Compares the node with what was set, and reads its addresses; changes nothing. */
export const inspectNode =
  (supervisor: Supervisor): Effects["inspectNode"] =>
  async (setting, { signal }) => {
    const hasIpv6 = await hasKernelIpv6();
    const [node, inside, idleClients] = await Promise.all([
      readPlace({ namespace: null, signal }),
      readNdmz(hasIpv6, setting.lan, signal),
      readIdleClients(supervisor),
    ]);
    const zos = node.addressesOf(names.bridge);
    const npub4 = inside?.place.addressesOf(names.npub4) ?? noAddresses;
    const npub6 = inside?.place.addressesOf(names.npub6) ?? noAddresses;
    const arePortsWell = await arePortsBound(portsAmong(node.links), signal);
    const amiss = amissIn(
      { links: node.links, arePortsBound: arePortsWell, ndmz: inside?.ndmz ?? null, hasIpv6 },
      setting,
    );
    return {
      amiss,
      hasFlap: isFlap(amiss),
      idleClients,
      carriers: node.links.filter(({ flags }) => flags.includes("LOWER_UP")).map(({ ifname }) => ifname),
      silentGateways: [
        ...silentAmong(zos, names.bridge, node),
        ...silentAmong(npub4, names.npub4, inside?.place ?? null),
        ...silentAmong(npub6, names.npub6, inside?.place ?? null),
      ],
      zos,
      npub4,
      npub6,
    };
  };

/** Those that are in their place: one that is not is about to be bound, or no resource's yet. */
function portsAmong(links: PlaceReading["links"]): string[] {
  const ports = links.filter(({ ifname, master }) => isResourcePort(ifname) && master === names.ndmzBridge);
  return ports.map(({ ifname }) => ifname);
}

async function readNdmz(
  hasIpv6: boolean,
  lan: LanAccess,
  signal: AbortSignal,
): Promise<{ place: PlaceReading; ndmz: NdmzReading } | null> {
  if (!(await readNamespaces()).includes(names.ndmz)) return null;
  const there = { namespace: names.ndmz, signal };
  const [place, hasRules, { sysctls, rules6 }] = await Promise.all([
    readPlace(there),
    rulesFor(lan).then((rules) => areRulesInPlace(rules, signal)),
    readSysctlsAndRules6(names.ndmz, Object.keys(allNdmzSysctls), signal),
  ]);
  const ndmz = {
    links: place.links,
    toResources: place.allAddressesOf(names.toResources),
    destinations: place.destinationsOf(names.toResources),
    sysctls,
    hasRules,
    routingRules: { v4: place.routingRules4, ...(hasIpv6 ? { v6: routingRulesIn(rules6) } : {}) },
  };
  return { place, ndmz };
}

function silentAmong({ gateways4, gateways6 }: AddressFacts, link: string, place: PlaceReading | null): string[] {
  return [...gateways4, ...gateways6]
    .filter((gateway) => place?.isSilent(gateway, link) ?? false)
    .map((gateway) => `${gateway}%${link}`);
}
