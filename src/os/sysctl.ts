import { BootError, messageOf } from "../errors.ts";
import { readdir, readFile, writeFile } from "./at-once.ts";
import { runInTurn } from "./run.ts";

/** Kernel parameters as paths below /proc/sys, so that a dot in an interface's name stays a dot (sysctl(8)). */
export type Sysctls = Readonly<Record<string, number>>;

/** Reads one kernel parameter of the node; null when the kernel has no such parameter. */
export async function readSysctl(path: string): Promise<string | null> {
  try {
    return (await readFile(`/proc/sys/${path}`)).trim();
  } catch {
    return null;
  }
}

/**
 * Sets kernel parameters of the node itself, in order; those that have their value already are not written.
 *
 * @throws BootError `not-verified` when the kernel does not take a value
 */
export async function setSysctls(sysctls: Sysctls): Promise<void> {
  for (const [path, value] of Object.entries(sysctls)) {
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
 * Sets kernel parameters inside a namespace, in order, by one sysctl(8).
 *
 * @throws BootError as `run`
 */
export async function setSysctlsIn(
  namespace: string,
  sysctls: Iterable<[string, number]>,
  signal: AbortSignal,
): Promise<void> {
  const assignments = [...sysctls].map(([path, value]) => `${path}=${value}`);
  await runInTurn(["ip", "netns", "exec", namespace, "sysctl", "-q", "-w", ...assignments], { signal });
}
