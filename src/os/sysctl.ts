import type { Family } from "../contract.ts";
import { BootError, messageOf } from "../errors.ts";
import { readdir, readFile, writeFile } from "./sync-fs.ts";
import { exists } from "./files.ts";
import { commandIn, type Link, linksSchema, parseJson, type Place } from "./ip.ts";
import { runInTurn, tiedToShell } from "./run.ts";

/** Kernel parameters as paths below /proc/sys, so that a dot in an interface's name stays a dot (sysctl(8)). */
export type Sysctls = Readonly<Record<string, number>>;

/** Whether the kernel speaks IPv6 at all: it may be built or started without (`ipv6.disable=1`, kernel-parameters). */
export function hasKernelIpv6(): Promise<boolean> {
  return exists("/proc/sys/net/ipv6/conf");
}

/** Those parameters that this kernel has: what concerns IPv6 is no wish to a kernel without. */
async function settable(sysctls: Iterable<[string, number]>): Promise<[string, number][]> {
  const hasIpv6 = await hasKernelIpv6();
  return [...sysctls].filter(([path]) => hasIpv6 || !path.startsWith("net/ipv6/"));
}

/** Reads one kernel parameter of the node; null when the kernel has no such parameter. */
export async function readSysctl(path: string): Promise<string | null> {
  try {
    return (await readFile(`/proc/sys/${path}`)).trim();
  } catch {
    return null;
  }
}

/**
 * Sets kernel parameters of the node itself, in order; those that have their value already are not written, nor IPv6's on a
 * kernel without IPv6.
 *
 * @throws BootError `not-verified` when the kernel does not take a value
 */
export async function setSysctls(sysctls: Sysctls): Promise<void> {
  for (const [path, value] of await settable(Object.entries(sysctls))) {
    if ((await readSysctl(path)) === String(value)) continue;
    await writeFile(`/proc/sys/${path}`, `${value}\n`).catch((error: unknown) => {
      throw new BootError("not-verified", `sysctl ${path}=${value}: ${messageOf(error)}`, { cause: error });
    });
  }
}

/** As setSysctls; a parameter that the kernel does not let anybody write, or no longer has, is left out. */
export async function tryToSetSysctls(sysctls: Sysctls): Promise<void> {
  for (const [path, value] of Object.entries(sysctls)) await setSysctls({ [path]: value }).catch(() => undefined);
}

/** All kernel parameters of a link of the node that are numbers, but for its MTU, which is the link's. */
export async function readSysctlsOf(link: string): Promise<Sysctls> {
  const folders = ["net/ipv4", "net/ipv6"].map((protocol) => `${protocol}/conf/${link}`);
  const paths = await Promise.all(
    folders.map(async (folder) =>
      (await readdir(`/proc/sys/${folder}`).catch(() => [])).map((name) => `${folder}/${name}`),
    ),
  );
  const read = paths
    .flat()
    .filter((path) => !path.endsWith("/mtu"))
    .map(async (path) => [path, await readSysctl(path)] as const);
  const numbers = (await Promise.all(read)).filter(([, value]) => value !== null && /^-?\d+$/.test(value));
  return Object.fromEntries(numbers.map(([path, value]) => [path, Number(value)]));
}

/**
 * Sets kernel parameters inside a namespace, in order, by one sysctl(8); not IPv6's on a kernel without IPv6.
 *
 * @throws BootError as `run`
 */
export async function setSysctlsIn(
  namespace: string,
  sysctls: Iterable<[string, number]>,
  signal: AbortSignal,
): Promise<void> {
  const assignments = await assignmentsOf(sysctls);
  if (assignments.length === 0) return;
  await runInTurn(commandIn(namespace, "sysctl", "-q", "-w", ...assignments), { signal });
}

/** What a namespace is to be: its parameters, lines of `ip -batch` for the routing rules of each family, then lines for its links. */
export interface Wanted {
  sysctls: Readonly<Record<string, number>>;
  rules: Readonly<Record<Family, readonly string[]>>;
  lines: readonly string[];
}

/**
 * As setSysctlsIn, by the same process that then changes routing rules and links of the namespace, and reads back all its links.
 *
 * @throws BootError as `run`
 */
export async function setAndReadLinks(
  { namespace, signal }: Place & { namespace: string },
  { sysctls, rules, lines }: Wanted,
): Promise<Link[]> {
  const script = [...rulesFirst("-4", rules.v4), ...rulesFirst("-6", rules.v6), "exec ip -j -d -batch -"].join("\n");
  const argv = await settingFirst(namespace, Object.entries(sysctls), script);
  const { stdout } = await runInTurn(argv, { input: [...lines, "link show", ""].join("\n"), signal });
  return parseJson(linksSchema, stdout, lines.join("; "));
}

/** Lines of a script that change the routing rules of a family; none where there is nothing to change. */
function rulesFirst(family: "-4" | "-6", rules: readonly string[]): string[] {
  return rules.length === 0 ? [] : [`${tiedToShell} ip ${family} -batch - <<'END'`, ...rules, "END"];
}

/**
 * As setSysctlsIn, by the same process that then reads the namespace's routing rules.
 *
 * @returns the rules of each family as `ip -j` prints them; empty of IPv6 on a kernel without it
 * @throws BootError as `run`
 */
export async function setSysctlsAndReadRules(
  namespace: string,
  sysctls: Iterable<[string, number]>,
  signal: AbortSignal,
): Promise<Record<Family, string>> {
  const script = "ip -4 -j rule show; ip -6 -j rule show 2>/dev/null || true";
  const { stdout } = await runInTurn(await settingFirst(namespace, sysctls, script), { signal });
  const [v4 = "", v6 = ""] = stdout.split("\n");
  return { v4, v6 };
}

/** The command line that sets kernel parameters inside a namespace, and then is what the script says. */
async function settingFirst(namespace: string, sysctls: Iterable<[string, number]>, script: string): Promise<string[]> {
  const set = `[ $# = 0 ] || ${tiedToShell} sysctl -q -w "$@"`;
  return commandIn(namespace, "sh", "-ec", `${set}; ${script}`, "sh", ...(await assignmentsOf(sysctls)));
}

async function assignmentsOf(sysctls: Iterable<[string, number]>): Promise<string[]> {
  return (await settable(sysctls)).map(([path, value]) => `${path}=${value}`);
}

/**
 * Reads kernel parameters inside a namespace, by one grep(1), and its IPv6 routing rules; those parameters that the kernel does
 * not have, or that are no numbers, are left out.
 *
 * @returns the rules as `ip -j` prints them; empty on a kernel without IPv6
 * @throws BootError `namespace-gone`
 */
export async function readSysctlsAndRules6(
  namespace: string,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<{ sysctls: Sysctls; rules6: string }> {
  const root = "/proc/sys/";
  const files = paths.map((path) => `${root}${path}`);
  const script = 'grep -sH . "$@"; ip -6 -j rule show 2>/dev/null || true';
  const { stdout } = await runInTurn(commandIn(namespace, "sh", "-c", script, "sh", ...files), { signal });
  const lines = stdout.split("\n");
  const found = lines.map((line) => /^(.*):(-?\d+)$/.exec(line));
  const sysctls = Object.fromEntries(
    found.flatMap((match) => (match === null ? [] : [[(match[1] ?? "").slice(root.length), Number(match[2])]])),
  );
  return { sysctls, rules6: lines.find((line) => line.startsWith("[")) ?? "" };
}
