import { execFileSync } from "node:child_process";
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

/** What a lab must leave alone on the machine that it runs on. */
export interface MachineState {
  namespaces: string;
  interfaces: string;
  routes: string;
  rules: string;
  hostname: string;
  /** Path, size and time of change of everything in /etc. */
  etc: string[];
}

/** Reads the machine's own state. */
export function readMachine(): MachineState {
  const read = (file: string, ...args: string[]) => execFileSync(file, args, { encoding: "utf8" });
  return {
    namespaces: read("ip", "netns", "list"),
    interfaces: read("ip", "-brief", "address"),
    routes: read("ip", "route", "show", "table", "all"),
    rules: read("nft", "list", "ruleset"),
    hostname: readFileSync("/proc/sys/kernel/hostname", "utf8"),
    etc: readTree("/etc"),
  };
}

function readTree(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    const path = `${dir}/${entry.name}`;
    const { size, mtimeMs } = lstatSync(path);
    return [`${path} ${size} ${mtimeMs}`, ...(entry.isDirectory() ? readTree(path) : [])];
  });
}

const namespaceKinds = ["net", "mnt", "pid", "uts", "ipc"];

/** The namespaces that a process is in, such as `net:[4026531840]`; none when it is gone. */
function namespacesOf(pid: string): string[] {
  try {
    return namespaceKinds.map((kind) => readlinkSync(`/proc/${pid}/ns/${kind}`));
  } catch {
    return [];
  }
}

function allPids(): string[] {
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name));
}

function parentOf(pid: string): string | null {
  try {
    return /^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? null;
  } catch {
    return null;
  }
}

/** The namespaces, other than the machine's own, that processes below a process have made. */
export function namespacesBelow(ancestor: number): Set<string> {
  const parents = new Map(allPids().map((pid) => [pid, parentOf(pid)]));
  const isBelow = (pid: string | null | undefined): boolean =>
    pid != null && (pid === String(ancestor) || isBelow(parents.get(pid)));
  const own = new Set(namespacesOf("self"));
  const below = [...parents.keys()].filter(isBelow).flatMap(namespacesOf);
  return new Set(below.filter((namespace) => !own.has(namespace)));
}

/** Processes that are in one of these namespaces. */
export function processesIn(namespaces: Set<string>): string[] {
  return allPids().filter((pid) => namespacesOf(pid).some((namespace) => namespaces.has(namespace)));
}

/** Waits until a condition holds; fails with what was there instead. */
export async function until<Value>(
  read: () => Value,
  isMeant: (value: Value) => boolean,
  deadlineMs = 20_000,
): Promise<Value> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    const value = read();
    if (isMeant(value)) return value;
    if (performance.now() > deadline) throw new Error(`not in time: ${JSON.stringify(value)}`);
    await delay(10);
  }
}
