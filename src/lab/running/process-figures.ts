import { readdir, readFile, stat } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import type { LabNode } from "../farm/node.ts";
import { readStatus } from "./await-status.ts";
import { subjectLog } from "./subject.ts";

/** What a node has and its program uses at a moment; what grows with every fault would kill a node some day. */
export interface Figures {
  namespaces: number;
  links: number;
  /** Those that stay: commands come and go. */
  processes: number;
  /** Of the program: open files, and memory in KiB. */
  files: number;
  residentKib: number;
  logBytes: number;
}

/** Counts all of it. */
export async function readFigures(node: LabNode): Promise<Figures> {
  const pid = readStatus(node)?.pid ?? 0;
  const { stdout: links } = await node.run(["ip", "-j", "link", "show"]);
  const [namespaces, processes, usage, log] = await Promise.all([
    readdir(`${node.root}/run/netns`),
    lastingProcesses(node),
    usageOf(node, pid),
    stat(node.root + subjectLog).catch(() => ({ size: 0 })),
  ]);
  return {
    namespaces: namespaces.length,
    links: (JSON.parse(links) as unknown[]).length,
    processes: processes.length,
    ...usage,
    logBytes: log.size,
  };
}

/** What a process on a node uses; nothing when it is not there. */
export async function usageOf({ root }: LabNode, pid: number): Promise<Pick<Figures, "files" | "residentKib">> {
  const [files, status] = await Promise.all([
    readdir(`${root}/proc/${pid}/fd`).catch(() => []),
    readFile(`${root}/proc/${pid}/status`, "utf8").catch(() => ""),
  ]);
  return { files: files.length, residentKib: Number(/^VmRSS:\s*(\d+)/m.exec(status)?.[1] ?? 0) };
}

/** The processes on a node. */
export async function pidsOn({ root }: LabNode): Promise<number[]> {
  return (await readdir(`${root}/proc`)).filter((name) => /^\d+$/.test(name)).map(Number);
}

/** How a process on a node is called; empty when it is not there. */
export async function titleOf({ root }: LabNode, pid: number): Promise<string> {
  const title = await readFile(`${root}/proc/${pid}/cmdline`, "utf8").catch(() => "");
  return title.replaceAll("\0", " ").trim();
}

const betweenLooksMs = 1_000;

/** dhcpcd defends a lease that it has renewed by a helper for each interface (RFC 5227 section 2.4), and not the first one. */
const helper = /^dhcpcd: \[BPF ARP\]/;

/** What of a title is another one after the uplink or the lease has changed. */
const passing = /(?<=--clientid=)\S+|\b\d+\.\d+\.\d+\.\d+\b/g;

/** The titles of the processes that are there at two looks. */
export async function lastingProcesses(node: LabNode): Promise<string[]> {
  const first = await pidsOn(node);
  await delay(betweenLooksMs);
  const lasting = (await pidsOn(node)).filter((pid) => first.includes(pid));
  const titles = (await Promise.all(lasting.map((pid) => titleOf(node, pid)))).map((title) =>
    title.replaceAll(passing, "…"),
  );
  return titles.filter((title) => !helper.test(title));
}

/** How busy a program was so far. */
export interface Busyness {
  commands: number;
  /** Lines that people would see, at level info and above (pino's level 30). */
  lines: number;
  /** How often its threads went to sleep of themselves (proc(5), `voluntary_ctxt_switches`). */
  wakeUps: number;
  cpuMs: number;
}

/** Linux tells CPU times in ticks of 10 ms (USER_HZ in time(7)). */
const tickMs = 10;

/** Reads that of the program on a node. */
export async function readBusyness(node: LabNode): Promise<Busyness> {
  const proc = `${node.root}/proc/${readStatus(node)?.pid ?? 0}`;
  const log = (await readFile(node.root + subjectLog, "utf8")).split("\n");
  const tasks = await readdir(`${proc}/task`);
  const switches = await Promise.all(
    tasks.map(async (task) => {
      const text = await readFile(`${proc}/task/${task}/status`, "utf8").catch(() => "");
      return Number(/^voluntary_ctxt_switches:\s*(\d+)/m.exec(text)?.[1] ?? 0);
    }),
  );
  const [, , ...fields] = (await readFile(`${proc}/stat`, "utf8")).replace(/\(.*\)/, "()").split(" ");
  const [user, system] = [fields[11], fields[12]].map(Number);
  return {
    commands: log.filter((line) => line.includes('"msg":"command"')).length,
    lines: log.filter((line) => /"level":[3-6]0/.test(line)).length,
    wakeUps: switches.reduce((sum, each) => sum + each, 0),
    cpuMs: ((user ?? 0) + (system ?? 0)) * tickMs,
  };
}

/** Until what a boot does afterwards, such as late leases, is over. */
const settledMs = 60_000;
const minuteMs = 60_000;

/** What a quiet minute of a node costs that has just come online: waits a minute, and measures the next. */
export async function measureQuietMinute(node: LabNode): Promise<Busyness & Pick<Figures, "residentKib">> {
  await delay(settledMs);
  const [before, { residentKib }] = [await readBusyness(node), await readFigures(node)];
  await delay(minuteMs);
  const after = await readBusyness(node);
  return {
    commands: after.commands - before.commands,
    lines: after.lines - before.lines,
    wakeUps: after.wakeUps - before.wakeUps,
    cpuMs: after.cpuMs - before.cpuMs,
    residentKib,
  };
}
