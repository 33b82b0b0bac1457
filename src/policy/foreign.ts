import { names } from "./names.ts";

/** What of a node tells who has set its network up. */
export interface SetUp {
  links: readonly { ifname: string; linkinfo?: { info_kind?: string | undefined } | undefined }[];
  namespaces: readonly string[];
  /** NICs that this program has ever taken since the node was switched on: it takes one before it builds anything. */
  nicsTaken: readonly string[];
  /** Services of this program's names that are not its own, for people. */
  services: readonly string[];
}

/**
 * What bears a name of this program's and is not its own, for people. The names are those of zos' own daemons, so that a node
 * which these have set up has the same bridges and namespace.
 */
export function foreignIn({ links, namespaces, nicsTaken, services }: SetUp): string[] {
  const isOurs = nicsTaken.length > 0;
  const bridges = links.filter(({ ifname }) => ownBridges.includes(ifname));
  const foreign = bridges.filter(({ linkinfo }) => !isOurs || linkinfo?.info_kind !== "bridge");
  return [
    ...foreign.map(({ ifname }) => `link ${ifname}`),
    ...(!isOurs && namespaces.includes(names.ndmz) ? [`namespace ${names.ndmz}`] : []),
    ...services,
  ];
}

const ownBridges: readonly string[] = [names.bridge, names.publicBridge, names.ndmzBridge];

/** Says what is foreign, and what to do. */
export function refusalOf(foreign: readonly string[]): string {
  return (
    `the network of this node belongs to others: ${foreign.join(", ")}. Nothing is touched. ` +
    "Have them stopped and removed, or not started at the next boot, and start zos-boot again"
  );
}
