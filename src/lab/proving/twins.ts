import { names } from "../../policy/names.ts";
import type { LabNode } from "../farm/node.ts";

interface Link {
  address?: string;
  addr_info?: { local?: string }[];
}

const outward = [
  { iface: names.bridge, namespace: null },
  { iface: names.npub4, namespace: names.ndmz },
  { iface: names.npub6, namespace: names.ndmz },
];

/** MAC and IP addresses that outward interfaces of both nodes have, one line each: in one network nobody may have another's. */
export async function commonMarks(node: LabNode, twin: LabNode): Promise<string[]> {
  const [own, others] = await Promise.all([marksOf(node), marksOf(twin)]);
  return [...own].filter((mark) => others.has(mark)).map((mark) => `both nodes have ${mark}`);
}

async function marksOf(node: LabNode): Promise<Set<string>> {
  const marks = outward.map(async ({ iface, namespace }) => {
    const { stdout } = await node
      .run(["ip", "-j", "addr", "show", "dev", iface], { namespace })
      .catch(() => ({ stdout: "[]" }));
    const links = JSON.parse(stdout) as Link[];
    return links.flatMap(({ address, addr_info = [] }) => [
      address ?? "",
      ...addr_info.map(({ local }) => local ?? ""),
    ]);
  });
  return new Set((await Promise.all(marks)).flat().filter((mark) => mark !== ""));
}
