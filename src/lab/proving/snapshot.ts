import { createHash } from "node:crypto";
import { lstat, readdir, readFile, readlink } from "node:fs/promises";
import { type LabNode, nodeLabDir } from "../farm/node.ts";
import { lowerDir, privateDirs } from "../farm/sandbox.ts";

/** Everything on a node that a program could leave behind. */
export interface Snapshot {
  /** Things by their names, such as `link eth0`, each with what else is to be said of it. */
  things: Map<string, string>;
  sysctls: Map<string, string>;
  /** What files are, by path on the node; in the private directories only those that differ from the machine's. */
  files: Map<string, string>;
}

/** Counters, not settings. */
const volatileSysctls = new Set(["net.netfilter.nf_conntrack_count"]);
/** Namespaces are listed by name; the lab's own files are none of the program's. */
const unseen = new Set(["/run/netns", nodeLabDir]);

/** Takes stock of a node. */
export async function takeSnapshot(node: LabNode): Promise<Snapshot> {
  const [sysctls, files, ...things] = await Promise.all([
    readSysctls(node),
    readFiles(node),
    readLinks(node),
    readRoutes(node),
    readTables(node),
    readNamespaces(node),
  ]);
  // Last, so that none of the commands above is among them.
  const processes = await readProcesses(node);
  return { sysctls, files, things: new Map([...things.flat(), ...processes]) };
}

type Thing = [name: string, said: string];

interface Link {
  ifname: string;
  flags: string[];
  mtu: number;
  master?: string;
  addr_info?: { local: string; prefixlen: number }[];
}

async function readLinks(node: LabNode): Promise<Thing[]> {
  const { stdout } = await node.run(["ip", "-j", "addr", "show"]);
  return (JSON.parse(stdout) as Link[]).flatMap(({ ifname, flags, mtu, master, addr_info = [] }) => [
    [
      `link ${ifname}`,
      [flags.includes("UP") ? "up" : "down", `mtu ${mtu}`, ...(master ? [`in ${master}`] : [])].join(" "),
    ],
    ...addr_info.map(({ local, prefixlen }): Thing => [`address ${local}/${prefixlen} on ${ifname}`, ""]),
  ]);
}

interface Route {
  dst: string;
  gateway?: string;
  dev?: string;
}

async function readRoutes(node: LabNode): Promise<Thing[]> {
  const read = async (family: string) => {
    const { stdout } = await node.run(["ip", family, "-j", "route", "show"]);
    return JSON.parse(stdout || "[]") as Route[];
  };
  const routes = (await Promise.all(["-4", "-6"].map(read))).flat();
  return routes.map(({ dst, gateway, dev }) => [
    `route ${dst}${gateway ? ` via ${gateway}` : ""} dev ${dev ?? "?"}`,
    "",
  ]);
}

async function readTables(node: LabNode): Promise<Thing[]> {
  const { stdout } = await node.run(["nft", "-j", "list", "tables"]);
  const { nftables } = JSON.parse(stdout) as { nftables: { table?: { family: string; name: string } }[] };
  return nftables.flatMap(({ table }): Thing[] => (table ? [[`nft table ${table.family} ${table.name}`, ""]] : []));
}

async function readNamespaces({ root }: LabNode): Promise<Thing[]> {
  return (await readdir(`${root}/run/netns`)).map((name) => [`namespace ${name}`, ""]);
}

/** Processes that end meanwhile are left out; zombies are not, for somebody failed to reap them. */
async function readProcesses({ root }: LabNode): Promise<Thing[]> {
  const pids = (await readdir(`${root}/proc`)).filter((name) => /^\d+$/.test(name));
  const read = async (pid: string): Promise<Thing[]> => {
    const commandLine = await readFile(`${root}/proc/${pid}/cmdline`, "utf8").catch(() => null);
    if (commandLine === null) return [];
    const title = commandLine.replaceAll("\0", " ").trim() || "(zombie)";
    return [[`process ${pid} ${title.slice(0, 100)}`, ""]];
  };
  return (await Promise.all(pids.map(read))).flat();
}

async function readSysctls(node: LabNode): Promise<Map<string, string>> {
  const { stdout } = await node.run(["sysctl", "-a", "-e", "--pattern", "^net\\."]);
  const settings = stdout.split("\n").map((line) => line.split(" = "));
  return new Map(
    settings.map(([key = "", value = ""]): Thing => [key, value]).filter(([key]) => !volatileSysctls.has(key)),
  );
}

async function readFiles({ root, upper }: LabNode): Promise<Map<string, string>> {
  const found = await Promise.all([
    ...privateDirs.map((dir) => walk(`${upper}/${dir}`, `/${dir}`)),
    walk(`${root}/run`, "/run"),
  ]);
  return new Map(found.flat());
}

/** Everything below a directory, as path on the node and what it is. */
async function walk(real: string, path: string): Promise<Thing[]> {
  const entries = await readdir(real, { withFileTypes: true });
  const found = entries.map(async (entry): Promise<Thing[]> => {
    const [realEntry, pathEntry] = [`${real}/${entry.name}`, `${path}/${entry.name}`];
    if (unseen.has(pathEntry)) return [];
    const below = entry.isDirectory() ? await walk(realEntry, pathEntry) : [];
    return [[pathEntry, await describeFile(realEntry)], ...below];
  });
  return (await Promise.all(found)).flat();
}

/** What a path is, apart from its times: kind, mode and content. An overlay's whiteout is `absent`. */
async function describeFile(real: string): Promise<string> {
  const stats = await lstat(real).catch(() => null);
  if (stats === null || (stats.isCharacterDevice() && stats.rdev === 0)) return absent;
  const mode = (stats.mode & 0o7777).toString(8);
  if (stats.isDirectory()) return `directory ${mode}`;
  if (stats.isSymbolicLink()) return `link to ${await readlink(real)}`;
  if (!stats.isFile()) return `special file ${mode}`;
  return `file ${mode} ${createHash("sha1")
    .update(await readFile(real))
    .digest("hex")}`;
}

/** Said of a path at which there is nothing. */
export const absent = "absent";

/** What a path was before anything was written to the node's private directories. */
export async function describeOriginal(path: string): Promise<string> {
  const [, dir = "", ...rest] = path.split("/");
  const isPrivate = (privateDirs as readonly string[]).includes(dir);
  return isPrivate ? describeFile([lowerDir(dir), ...rest].join("/")) : absent;
}
