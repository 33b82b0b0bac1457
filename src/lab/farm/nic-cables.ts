import { setTimeout as delay } from "node:timers/promises";
import { BootError } from "../../errors.ts";
import { run } from "../../os/run.ts";
import type { Layout } from "../layouts/layout.ts";
import { ipBatch } from "./namespaces.ts";
import type { LabNode } from "./node.ts";

/** A cable, as ip(8) makes it. */
export interface Cable {
  end: string;
  peer: string;
}

/** The namespace that is the switch of a segment. */
export function switchOf(segment: string): string {
  return `switch-${segment}`;
}

/** The far end of a NIC's cable. */
export function portOf(nicIndex: number): string {
  return `port${nicIndex}`;
}

/** A locally administered MAC (IEEE 802, section 8.2.2), the same in every run. */
function macOf(nicIndex: number): string {
  const [high, low] = [0x01 + (nicIndex >> 8), nicIndex & 0xff].map((byte) => byte.toString(16).padStart(2, "0"));
  return `02:00:00:00:${high}:${low}`;
}

/** From which port on the NICs of a node's twin are plugged in: more than any node has. */
export const twinPorts = 256;

/**
 * The cables of a node's NICs. An empty port is a cable whose other end lies about in the sandbox, switched off.
 *
 * @param firstPort the number of the first NIC's
 */
export function nicCables({ nics }: Layout, node: LabNode, firstPort = 0): Cable[] {
  return nics.map(({ name, segment, mtuBytes = 1_500 }, index) => ({
    end: `${portOf(firstPort + index)} mtu ${mtuBytes}${segment === null ? "" : ` netns ${switchOf(segment)}`}`,
    peer: `${name} mtu ${mtuBytes} address ${macOf(firstPort + index)} netns ${node.pid}`,
  }));
}

/** What plugs the cables of NICs into the switch of their segment, line by line for ip(8). */
export function portLines({ nics }: Pick<Layout, "nics">, segment: string, firstPort = 0): string[] {
  return nics.flatMap((nic, index) =>
    nic.segment === segment
      ? [`link set ${portOf(firstPort + index)} master switch ${nic.hasCarrier ? "up" : "down"}`]
      : [],
  );
}

/**
 * Lays cables. The ends of a cable must differ in their index: else the kernel takes news of its carrier for not urgent, up
 * to 1 s late (net/core/link_watch.c).
 *
 * @param before how many were laid before these
 */
export async function layCables(cables: readonly Cable[], before = 0): Promise<void> {
  const lines = cables.map(
    ({ end, peer }, at) => `link add index ${1_000 + before + at} name ${end} type veth peer name ${peer}`,
  );
  await ipBatch(null, lines);
}

/** Gives NICs the second names that the layout says. */
export async function nameAgain({ nics }: Layout, node: LabNode): Promise<void> {
  const named = nics.filter(({ altname }) => altname !== undefined);
  for (const { name, altname = "" } of named) {
    await node.run(["ip", "link", "property", "add", "dev", name, "altname", altname]);
  }
}

/**
 * Waits until the cables of a node that went off are gone from the switches: the kernel clears its namespaces away some time
 * after its last process.
 *
 * @throws BootError `timeout`
 */
export async function awaitUnplugged({ nics, segments }: Layout): Promise<void> {
  const deadline = performance.now() + 10_000;
  const ports = nics.map((_, index) => portOf(index));
  const places = [[], ...segments.map(({ name }) => ["-n", switchOf(name)])];
  for (;;) {
    const outputs = await Promise.all(places.map((place) => run(["ip", ...place, "-j", "link", "show"])));
    const links = outputs.flatMap(({ stdout }) => JSON.parse(stdout) as { ifname: string }[]);
    const left = links.filter(({ ifname }) => ports.includes(ifname));
    if (left.length === 0) return;
    if (performance.now() > deadline) throw new BootError("timeout", `${left[0]?.ifname ?? ""} is still plugged in`);
    await delay(5);
  }
}

/** Cables that are laid later have an index of their own, which none of those before them has. */
let laidLater = 0;

/** Plugs one NIC of a layout into a node that may have had it before. */
export async function plugInNic(layout: Layout, node: LabNode, nic: string): Promise<void> {
  const index = layout.nics.findIndex(({ name }) => name === nic);
  const plan = layout.nics[index];
  const cable = nicCables(layout, node)[index];
  if (plan === undefined || cable === undefined) throw new BootError("bad-input", `the layout has no NIC ${nic}`);
  laidLater += 1;
  await layCables([cable], manyCables + laidLater);
  if (plan.segment !== null)
    await ipBatch(switchOf(plan.segment), [
      `link set ${portOf(index)} master switch ${plan.hasCarrier ? "up" : "down"}`,
    ]);
}

/** More than any layout has. */
const manyCables = 1_000;
