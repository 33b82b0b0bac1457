import type { Effects } from "../src/ports.ts";
import { noAddresses, readAddresses, readLink, readLinks, readNamespaces } from "../src/os/ip.ts";
import { readTable } from "../src/os/nft.ts";
import { isNatInPlace } from "../src/policy/nat-rules.ts";
import { names } from "../src/policy/names.ts";

const needed = [names.toResources, names.npub4, names.npub6];

/** Reads what of the node is in its place; changes nothing. */
export const inspectNode: Effects["inspectNode"] = async ({ uplink }, { signal }) => {
  const node = { namespace: null, signal };
  const ndmz = { namespace: names.ndmz, signal };
  const [port, zos, namespaces] = await Promise.all([
    readLink(node, uplink.nic),
    readAddresses(node, names.bridge),
    readNamespaces(),
  ]);
  const hasUplink = port?.master === names.bridge && port.flags.includes("LOWER_UP");
  if (!namespaces.includes(names.ndmz)) {
    return { hasUplink, hasNdmz: false, hasNat: false, zos, npub4: noAddresses, npub6: noAddresses };
  }
  const [links, npub4, npub6, table] = await Promise.all([
    readLinks(ndmz),
    readAddresses(ndmz, names.npub4),
    readAddresses(ndmz, names.npub6),
    readTable(names.ndmz, names.nftTable, signal),
  ]);
  return {
    hasUplink,
    hasNdmz: needed.every((name) => links.some(({ ifname }) => ifname === name)),
    hasNat: isNatInPlace(table),
    zos,
    npub4,
    npub6,
  };
};
