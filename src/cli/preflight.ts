import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { BootError } from "../errors.ts";
import { debianPackages } from "../os/run.ts";

const systemFolders = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/**
 * Makes sure that the program can do its work at all, before it changes anything.
 *
 * @throws BootError `permission` when not root, `tool-missing` that names the missing commands and their Debian packages
 */
export async function checkNode(): Promise<void> {
  if (process.geteuid?.() !== 0)
    throw new BootError("permission", "zos-boot changes the node's network and must run as root");
  const folders = new Set([...(process.env["PATH"] ?? "").split(delimiter), ...systemFolders]);
  process.env["PATH"] = [...folders].join(delimiter);
  const tools = Object.entries(debianPackages);
  const found = await Promise.all(tools.map(([tool]) => isInstalled(tool, [...folders])));
  const missing = tools.filter((_, index) => found[index] === false);
  if (missing.length === 0) return;
  const list = missing.map(([tool, debianPackage]) => `${tool} (Debian package ${debianPackage})`).join(", ");
  throw new BootError("tool-missing", `not installed: ${list}`);
}

async function isInstalled(tool: string, folders: string[]): Promise<boolean> {
  const tries = folders.map((folder) => access(join(folder, tool), constants.X_OK));
  return Promise.any(tries).then(
    () => true,
    () => false,
  );
}
