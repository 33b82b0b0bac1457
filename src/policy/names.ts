import { BootError } from "../errors.ts";

/**
 * Everything that the program creates on a node bears a name from this list, so that recovery, `down` and a person can
 * tell it from what belongs to others. The interfaces have the names that existing zos tools expect.
 */
export const names = {
  bridge: "zos",
  publicBridge: "br-pub",
  ndmz: "ndmz",
  ndmzBridge: "br-ndmz",
  toResources: "tonrs",
  npub4: "npub4",
  npub6: "npub6",
  /** The interface that a network resource gets inside its own namespace. */
  resource: "public",
  /** The namespace and the link by which it is tried from elsewhere whether anybody gets in. */
  trial: "zos-trial",
  nftTable: "zos-boot",
  uplinkClient: "dhcp-zos",
  ndmzClient: "dhcp-ndmz",
  runDir: "/run/zos-boot",
  /** Stays after `down`: the node is the same the next time. */
  identityFile: "/var/lib/zos-boot/identity.json",
  /** Unless configured otherwise; stays too. */
  gridKeyFile: "/var/lib/zos-boot/grid.key",
} as const;

const probePrefix = "zos-probe-";
const resourcePortPrefix = "nr-";

/** The namespace in which a NIC is probed. */
export function probeNamespace(nic: string): string {
  return probePrefix + nic;
}

/** The NIC that is probed in this namespace, or null when the namespace is not a probe's. */
export function probedNic(namespace: string): string | null {
  return namespace.startsWith(probePrefix) ? namespace.slice(probePrefix.length) : null;
}

/** What a NIC's macvlan is called until it has the NIC's own name in its namespace; `index` is the NIC's. */
export function passingName(index: number): string {
  return `zos-p-${index}`;
}

/** The port of `br-ndmz` that leads to the network resource with this number; at most 15 characters (IFNAMSIZ). */
export function resourcePort(index: number): string {
  return resourcePortPrefix + String(index);
}

/** Whether a link is one that the program creates on the node. */
export function isOurLink(link: string): boolean {
  return [names.bridge, names.publicBridge, names.ndmzBridge].includes(link as "zos") || isResourcePort(link);
}

/** Whether a link is a network resource's port of `br-ndmz`. */
export function isResourcePort(link: string): boolean {
  return /^nr-\d+$/.test(link);
}

/**
 * The name itself when it can be used on a command line or in a batch file as it is, 1 to 15 characters.
 *
 * @throws BootError `bad-input` for anything else, though the kernel allows more (dev_valid_name in net/core/dev.c).
 */
export function checkedLink(name: string): string {
  if (!isUsableLinkName(name)) {
    throw new BootError("bad-input", `link name ${JSON.stringify(name)} has characters that commands do not take`);
  }
  return name;
}

/** Whether a link's name can be used on a command line or in a batch file as it is. */
export function isUsableLinkName(name: string): boolean {
  return /^[A-Za-z0-9_][\w.:@+-]{0,14}$/.test(name);
}

/**
 * The namespace name itself when ip-netns(8) takes it as a file name.
 *
 * @throws BootError `bad-input` otherwise.
 */
export function checkedNamespace(name: string): string {
  if (!/^[A-Za-z0-9_][\w.:@+-]{0,199}$/.test(name)) {
    throw new BootError("bad-input", `namespace name ${JSON.stringify(name)} is not a plain file name`);
  }
  return name;
}

/**
 * The service's name itself when it can be a file's name and a word of a process manager's protocol.
 *
 * @throws BootError `bad-input` otherwise.
 */
export function checkedService(name: string): string {
  if (!/^[A-Za-z0-9_][\w-]{0,63}$/.test(name)) {
    throw new BootError("bad-input", `service name ${JSON.stringify(name)} is not a plain word`);
  }
  return name;
}
