import { readdir, readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";

interface Process {
  pid: number;
  parent: number;
  title: string;
}

async function readAll(): Promise<Process[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const all = await Promise.all(pids.map((pid) => read(pid).catch(() => null)));
  return all.filter((each) => each !== null);
}

/** Whether a client asks for a lease: one that has only begun swallows the signal to end. */
export async function isAsking(iface: string): Promise<boolean> {
  return (await readAll()).some(({ title }) => title.startsWith("dhcpcd: [BPF BOOTP]") && title.includes(iface));
}

/** The pids of the DHCP clients for an interface, without their helpers, in the order in which they were started. */
export async function clientsFor(iface: string): Promise<number[]> {
  const all = await readAll();
  const clients = all.filter(({ title }) => /^(\S*\/)?dhcpcd:? /.test(title));
  const isHelper = ({ parent, title }: Process) =>
    title.startsWith("dhcpcd: [") || clients.some(({ pid }) => pid === parent);
  return clients
    .filter((each) => each.title.split(" ").includes(iface) && !isHelper(each))
    .map(({ pid }) => pid)
    .toSorted((a, b) => a - b);
}

async function read(pid: string): Promise<Process | null> {
  const [stat, commandLine] = await Promise.all([
    readFile(`/proc/${pid}/stat`, "utf8"),
    readFile(`/proc/${pid}/cmdline`, "utf8"),
  ]);
  const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (state === "Z" || state === "X") return null;
  return { pid: Number(pid), parent: Number(parent), title: commandLine.replaceAll("\0", " ").trim() };
}

/** The most clients that were seen at the same time while something was done. */
export async function mostClientsWhile(iface: string, act: () => Promise<void>): Promise<number> {
  const over = new AbortController();
  const watching = (async () => {
    let most = 0;
    while (!over.signal.aborted) {
      most = Math.max(most, (await clientsFor(iface)).length);
      await delay(2);
    }
    return most;
  })();
  await act();
  over.abort();
  return watching;
}
