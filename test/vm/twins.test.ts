import { describe, expect, test } from "vitest";
import { homeDual } from "../../src/lab/layouts/parts.ts";
import { names } from "../../src/policy/names.ts";
import { useBed } from "./bed.ts";
import type { Machine } from "./machine.ts";
import { proveTraffic, untilOnline } from "./node.ts";

const boards = [
  { what: "without a DMI UUID", uuid: null },
  { what: "with the same DMI UUID", uuid: "4c4c4544-0039-3510-8056-b5c04f4d3732" },
];

describe.each(boards)("two machines of one image, $what", ({ uuid }) => {
  const bed = useBed([homeDual], null);

  test("differ in their leases and in the MACs of their ndmz", async () => {
    const plan = { uuid, nics: [{ segment: "home", model: "virtio-net-pci" as const }] };
    const machines = [await bed.add(plan), await bed.add(plan)];
    for (const machine of machines) await untilOnline(machine);
    const [one = [], other = []] = await Promise.all(machines.map(marksOf));
    expect(one).toHaveLength(other.length);
    for (const [index, mark] of one.entries()) expect(mark).not.toBe(other[index]);
    for (const machine of machines) await proveTraffic(machine);
  });
});

/** Its own and its ndmz's IPv4 address, and the MACs of ndmz. */
async function marksOf(machine: Machine): Promise<string[]> {
  const { zos, ndmz } = await untilOnline(machine);
  const links = JSON.parse(await machine.run(["ip", "-n", names.ndmz, "-j", "link"])) as {
    ifname: string;
    address: string;
  }[];
  const macs = [names.npub4, names.npub6].map((name) => links.find(({ ifname }) => ifname === name)?.address ?? "none");
  return [zos?.ipv4[0] ?? "none", ndmz?.npub4.ipv4[0] ?? "none", ...macs];
}
