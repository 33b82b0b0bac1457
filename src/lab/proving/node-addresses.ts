import type { LabNode } from "../farm/node.ts";

/** The addresses of global scope that can be used on one interface. */
export interface InterfaceAddresses {
  ipv4: string[];
  ipv6: string[];
}

/** Reads them from the kernel, so that a proof does not rest on what the program under test says of itself. */
export async function addressesOf(
  node: LabNode,
  iface: string,
  namespace: string | null = null,
): Promise<InterfaceAddresses> {
  const { stdout } = await node.run(["ip", "-j", "addr", "show", "dev", iface, "scope", "global"], { namespace });
  const links = JSON.parse(stdout) as {
    addr_info?: { family?: string; local: string; tentative?: true; optimistic?: true }[];
  }[];
  const known = links.flatMap((link) => link.addr_info ?? []);
  // RFC 4429: an optimistic address may be used before it is known to be the only one.
  const found = known.filter(({ tentative, optimistic }) => tentative !== true || optimistic === true);
  const of = (family: string) => found.filter((each) => each.family === family).map(({ local }) => local);
  return { ipv4: of("inet"), ipv6: of("inet6") };
}
