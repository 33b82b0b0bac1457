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
  const processes = (await outputOf(node, "ps", "-e", "-o", "ppid=,stat=,args=")).trim().split("\n");
  const all = processes.map((line) => line.trim().split(/\s+/));
  const orphans = all
    .filter(([parent, , command]) => parent === "1" && !["sleep", "flock"].includes(command ?? ""))
    .map((words) => words.join(" "));
  expect(orphans).toEqual([]);
  const clients = all.map((words) => words.slice(2).join(" ")).filter((title) => /^dhcpcd: \S+ \[ip4\]$/.test(title));
  expect(clients.toSorted()).toEqual(["dhcpcd: npub4 [ip4]", "dhcpcd: zos [ip4]"]);
}
