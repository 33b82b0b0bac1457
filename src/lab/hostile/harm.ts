import { access, readdir, readFile } from "node:fs/promises";
import { isDhcpClient } from "../../os/dhcp-client.ts";
import { run } from "../../os/run.ts";
import { names } from "../../policy/names.ts";
import type { LabNode } from "../farm/node.ts";
import { readStatus } from "../running/await-status.ts";
import { pidsOn, titleOf, usageOf } from "../running/process-figures.ts";

/** The file that every text of the attacker would make if a shell read it (`CANARY` in words.py). */
const canary = "/run/hostile";

/** What programs on a node use. */
export interface Usage {
  /** The program under test. */
  pid: number;
  residentKib: number;
  files: number;
  /** The DHCP clients, all together. */
  clients: { processes: number; residentKib: number; files: number };
  /** Namespaces that have a name. */
  namespaces: number;
}

/** Reads that; a program that is not there has the pid 0. */
export async function readUsage(node: LabNode): Promise<Usage> {
  const pid = readStatus(node)?.pid ?? 0;
  const titled = (await pidsOn(node)).map(async (each) => ({ pid: each, title: await titleOf(node, each) }));
  const clientPids = (await Promise.all(titled)).filter(({ title }) => isDhcpClient(title));
  const clients = await Promise.all(clientPids.map((each) => usageOf(node, each.pid)));
  return {
    pid,
    ...(await usageOf(node, pid)),
    clients: {
      processes: clients.length,
      residentKib: clients.reduce((sum, each) => sum + each.residentKib, 0),
      files: clients.reduce((sum, each) => sum + each.files, 0),
    },
    namespaces: (await readdir(`${node.root}/run/netns`)).length,
  };
}

/** The same for people, so that round after round shows what only grows. */
export function figuresOf({ residentKib, files, clients }: Usage): string {
  const mib = (kib: number) => `${(kib / 1_024).toFixed(0)} MiB`;
  const ofClients = `${clients.processes} processes of clients ${mib(clients.residentKib)}, ${clients.files} files`;
  return `program ${mib(residentKib)}, ${files} files; ${ofClients}`;
}

/** By how much a program may grow. */
const mayGrow = { residentKib: 64 * 1_024, files: 24, clientResidentKib: 20 * 1_024, clientFiles: 80, clients: 8 };

/** What has grown; what a program has for a moment, such as a command's pipes, is within what it may. */
export function grownBetween(before: Usage, after: Usage): string[] {
  const figures: [name: string, was: number, is: number, most: number][] = [
    ["memory of the program in KiB", before.residentKib, after.residentKib, mayGrow.residentKib],
    ["open files of the program", before.files, after.files, mayGrow.files],
    ["DHCP clients", before.clients.processes, after.clients.processes, mayGrow.clients],
    ["memory of DHCP clients in KiB", before.clients.residentKib, after.clients.residentKib, mayGrow.clientResidentKib],
    ["open files of DHCP clients", before.clients.files, after.clients.files, mayGrow.clientFiles],
    ["namespaces", before.namespaces, after.namespaces, 0],
  ];
  return [
    ...(after.pid === before.pid ? [] : [`the program was ${before.pid}, and is ${after.pid}`]),
    ...figures
      .filter(([, was, is, most]) => is > was + most)
      .map(([name, was, is, most]) => `${name} grew from ${was} to ${is}, by more than ${most}`),
  ];
}

/** What a line of resolv.conf(5) may be that the program writes. */
const resolverLine = /^(#.*|nameserver [0-9a-f.:]+(%[\w.-]+)?|search( [\w.-]+)+|options( [a-z0-9:-]+)+)?$/i;

/** What should not have happened, whatever came: a text that ran, a program that ended, foreign words in resolv.conf, kernel bugs. */
export async function readHarm(node: LabNode, bugsBefore: number): Promise<string[]> {
  const hasRun = await access(node.root + canary).then(
    () => true,
    () => false,
  );
  const resolver = await readFile(`${node.root}/etc/resolv.conf`, "utf8").catch(() => "");
  const foreign = resolver.split("\n").filter((line) => !resolverLine.test(line));
  const pid = readStatus(node)?.pid ?? 0;
  const isAlive = (await titleOf(node, pid)).includes(" up");
  const bugs = (await kernelBugs()) - bugsBefore;
  return [
    ...(hasRun ? [`a text of the network was run: ${canary} is there`] : []),
    ...foreign.map((line) => `resolv.conf has ${JSON.stringify(line)}`),
    ...(isAlive ? [] : ["the program does not run"]),
    ...(bugs > 0 ? [`the kernel logged ${bugs} bugs`] : []),
    ...((await isStatusSane(node)) ? [] : ["the status file cannot be read"]),
  ];
}

async function isStatusSane({ root }: LabNode): Promise<boolean> {
  const text = await readFile(`${root}${names.runDir}/status.json`, "utf8").catch(() => "null");
  try {
    return typeof JSON.parse(text) === "object";
  } catch {
    return false;
  }
}

/** How many bugs the kernel has logged, of the whole machine; 0 where its log may not be read (dmesg(1)). */
export async function kernelBugs(): Promise<number> {
  const { stdout } = await run(["dmesg"]).catch(() => ({ stdout: "" }));
  return stdout.split("\n").filter((line) => /\b(BUG:|Oops|general protection fault|Call Trace)/.test(line)).length;
}
