import { delimiter } from "node:path";
import type { DhcpChoice } from "../contract.ts";
import { BootError } from "../errors.ts";
import { findDhcpProgram } from "../os/dhcp-client.ts";
import { readText } from "../os/files.ts";
import { isInstalled, requiredTools, toolMissing } from "../os/tools.ts";
import { capabilities } from "../policy/service-files.ts";

const systemFolders = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/**
 * Makes sure that the program can do its work at all, before it changes anything.
 *
 * @param dhcpClient which DHCP client there must be; without it none is needed
 * @throws BootError `permission` when not root, or a root without what it takes, `tool-missing` that names the missing commands and their Debian packages
 */
export async function checkNode(dhcpClient?: DhcpChoice): Promise<void> {
  checkRoot();
  const folders = new Set([...(process.env["PATH"] ?? "").split(delimiter), ...systemFolders]);
  process.env["PATH"] = [...folders].join(delimiter);
  const found = await Promise.all(requiredTools.map(isInstalled));
  const missing = requiredTools.filter((_, index) => found[index] === false);
  if (missing.length > 0) throw toolMissing({ all: missing });
  if (dhcpClient === undefined) return;
  await checkCapabilities();
  await findDhcpProgram(dhcpClient);
}

/**
 * Makes sure that the program runs as root.
 *
 * @throws BootError `permission`
 */
export function checkRoot(): void {
  if (process.geteuid?.() !== 0)
    throw new BootError("permission", "zos-boot changes the node's network and must run as root");
}

/** What no boot can do without, by its number in linux/capability.h; what else the unit has, a DHCP client may need. */
const neededCapabilities = { CAP_NET_BROADCAST: 11, CAP_NET_ADMIN: 12, CAP_NET_RAW: 13, CAP_SYS_ADMIN: 21 } as const;

/** Root itself may be confined, by a unit or a container: said here, instead of by commands that fail for ever. */
async function checkCapabilities(): Promise<void> {
  const [, hex = "0"] = /^CapEff:\s*([0-9a-f]+)$/m.exec((await readText("/proc/self/status")) ?? "") ?? [];
  const effective = BigInt(`0x${hex}`);
  const missing = Object.entries(neededCapabilities).filter(([, bit]) => ((effective >> BigInt(bit)) & 1n) === 0n);
  if (missing.length === 0) return;
  const list = missing.map(([name]) => `${name} (${capabilities[name as keyof typeof neededCapabilities]})`).join(", ");
  throw new BootError("permission", `root lacks here: ${list}`);
}
