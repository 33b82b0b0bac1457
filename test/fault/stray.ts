import { expect } from "vitest";
import type { LabNode } from "../../src/lab/farm/node.ts";
import { outputOf } from "./boot.ts";

/**
 * Nothing is where an interrupted run would have left it: the NICs are home, each service runs once, no orphan is about but
 * clients, which outlive the run that started them.
 */
export async function expectNothingStray(node: LabNode, nics: string[]): Promise<void> {
  const namespaces = await outputOf(node, "ip", "netns", "list");
  expect(namespaces).not.toContain("zos-probe-");
  const links = JSON.parse(await outputOf(node, "ip", "-j", "link", "show")) as { ifname: string }[];
  expect(links.map(({ ifname }) => ifname)).toEqual(expect.arrayContaining(nics));
  const orphans = (await processesOf(node))
    .filter(([parent, , command]) => parent === "1" && !["sleep", "flock"].includes(command ?? ""))
    .map((words) => words.join(" "));
  expect(orphans).toEqual([]);
  // That of npub4 may only have been started: a node is online by IPv6.
  await expect.poll(() => clientsOf(node), { timeout: 5_000 }).toEqual(["dhcpcd: npub4 [ip4]", "dhcpcd: zos [ip4]"]);
}

async function clientsOf(node: LabNode): Promise<string[]> {
  const titles = (await processesOf(node)).map((words) => words.slice(2).join(" "));
  return titles.filter((title) => /^dhcpcd: \S+ \[ip4\]$/.test(title)).toSorted();
}

/** Parent, state and words of the command line of each process. */
async function processesOf(node: LabNode): Promise<string[][]> {
  const lines = (await outputOf(node, "ps", "-e", "-o", "ppid=,stat=,args=")).trim().split("\n");
  return lines.map((line) => line.trim().split(/\s+/));
}
