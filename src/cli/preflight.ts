import { delimiter } from "node:path";
import type { Settings } from "../contract.ts";
import { BootError } from "../errors.ts";
import { findDhcpProgram, isInstalled } from "../os/dhcp-client.ts";
import { debianPackages, requiredTools } from "../os/run.ts";

const systemFolders = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/**
 * Makes sure that the program can do its work at all, before it changes anything.
 *
 * @param dhcpClient which DHCP client there must be; without it none is needed
 * @throws BootError `permission` when not root, `tool-missing` that names the missing commands and their Debian packages
 */
export async function checkNode(dhcpClient?: Settings["dhcpClient"]): Promise<void> {
  if (process.geteuid?.() !== 0)
    throw new BootError("permission", "zos-boot changes the node's network and must run as root");
  const folders = new Set([...(process.env["PATH"] ?? "").split(delimiter), ...systemFolders]);
  process.env["PATH"] = [...folders].join(delimiter);
  const found = await Promise.all(requiredTools.map(isInstalled));
  const missing = requiredTools.filter((_, index) => found[index] === false);
  if (missing.length > 0) {
    const list = missing.map((tool) => `${tool} (Debian package ${debianPackages[tool] ?? tool})`).join(", ");
    throw new BootError("tool-missing", `not installed: ${list}`);
  }
  if (dhcpClient !== undefined) await findDhcpProgram(dhcpClient);
}
