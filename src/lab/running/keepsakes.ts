import { readFile, stat } from "node:fs/promises";
import { names } from "../../policy/names.ts";
import { monotonicMs } from "../farm/flow-record.ts";
import { addressesOf } from "../proving/node-addresses.ts";
import type { Ended } from "../proving/scenario-ending.ts";
import type { Kept } from "../scenarios/scenario.ts";
import { macOfToResources, type Scene, statusOf } from "./scene.ts";
import { subjectLog } from "./subject.ts";

/** What is remembered of a node from when a scenario began, to be compared at its end. */
export interface Keepsakes {
  atMs: number;
  things: Record<Kept, string>;
  /** How often the boot has come to each step, and which boot it was. */
  startedAt: string | null;
  visits: readonly string[];
  /** Bytes that the program had logged. */
  logBytes: number;
}

/** Takes down what may have to be the same at the end. */
export async function takeKeepsakes(scene: Scene): Promise<Keepsakes> {
  const { node } = scene.farm;
  const [inode, mac, addresses, log] = await Promise.all([
    stat(`${node.root}/run/netns/${names.ndmz}`).then(
      ({ ino }) => String(ino),
      () => "none",
    ),
    macOfToResources(scene),
    addressesOf(node, names.bridge).then(
      ({ ipv4 }) => ipv4.join(" "),
      () => "none",
    ),
    stat(node.root + subjectLog).catch(() => ({ size: 0 })),
  ]);
  const status = statusOf(scene);
  return {
    atMs: monotonicMs(),
    things: { ndmz: inode, tonrs: mac, "address of zos": addresses },
    startedAt: status?.startedAt ?? null,
    visits: status?.states.map(({ state }) => state) ?? [],
    logBytes: log.size,
  };
}

/** The things that must be the same and are not. */
export function changedBetween(before: Keepsakes, after: Keepsakes, kept: readonly Kept[]): Ended["changed"] {
  return kept
    .map((what) => ({ what, was: before.things[what], is: after.things[what] }))
    .filter(({ was, is }) => was !== is);
}

/** The steps that the boot came to in between; another boot came to all of its own. */
export function visitedBetween(before: Keepsakes, after: Keepsakes): string[] {
  const earlier = before.startedAt === after.startedAt ? before.visits : [];
  const timesIn = (visits: readonly string[], step: string) => visits.filter((each) => each === step).length;
  return [...new Set(after.visits)].filter((step) => timesIn(after.visits, step) > timesIn(earlier, step));
}

/** How many commands the program has logged since. */
export async function commandsSince({ farm: { node } }: Scene, { logBytes }: Keepsakes): Promise<number> {
  const log = await readFile(node.root + subjectLog).catch(() => Buffer.alloc(0));
  return log.subarray(logBytes).toString().split('"msg":"command"').length - 1;
}
