import { constants } from "node:fs";
import { delimiter, join } from "node:path";
import { BootError, type BootErrorDetails } from "../errors.ts";
import { access } from "./sync-fs.ts";

const packagesOfRequired = {
  ip: "iproute2",
  nft: "nftables",
  rdisc6: "ndisc6",
  nc: "netcat-openbsd",
  setpriv: "util-linux",
  flock: "util-linux",
  sysctl: "procps",
} as const;

/** The commands that the program calls, but for the DHCP client, of which any one will do. */
export const requiredTools = Object.keys(packagesOfRequired);

/** The Debian packages of commands, where they are called otherwise. */
const packages: Readonly<Record<string, string>> = {
  ...packagesOfRequired,
  dhcpcd: "dhcpcd-base",
  udhcpc: "udhcpc",
  unshare: "util-linux",
};

/** Commands that are not there: one that was called, several that are all needed, or several of which one would do. */
type Missing = string | { all: readonly string[] } | { anyOf: readonly string[] };

/** The error `tool-missing`, which names the commands and their Debian packages. */
export function toolMissing(missing: Missing, details: BootErrorDetails = {}): BootError {
  return new BootError("tool-missing", textOf(missing), details);
}

function textOf(missing: Missing): string {
  if (typeof missing === "string") return `${missing} is not installed (${packageOf(missing)})`;
  const named = (tools: readonly string[]) => tools.map((tool) => `${tool} (${packageOf(tool)})`);
  return `not installed: ${"all" in missing ? named(missing.all).join(", ") : named(missing.anyOf).join(" or ")}`;
}

function packageOf(tool: string): string {
  return `Debian package ${packages[tool] ?? tool}`;
}

/** Whether there is a command of this name on PATH. */
export async function isInstalled(tool: string): Promise<boolean> {
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  const tries = folders.map((folder) => access(join(folder, tool), constants.X_OK));
  return Promise.any(tries).then(
    () => true,
    () => false,
  );
}
