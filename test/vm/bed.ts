import { readdir } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll } from "vitest";
import { buildSurroundings, type Surroundings } from "../../src/lab/farm/farm.ts";
import type { Segment } from "../../src/lab/layouts/layout.ts";
import { ipBatch } from "../../src/lab/farm/namespaces.ts";
import { labDir } from "../../src/lab/farm/sandbox.ts";
import { remove } from "../../src/os/files.ts";
import { readNamespaces } from "../../src/os/ip.ts";
import { endProcesses } from "../../src/os/processes.ts";
import { keep, tail } from "./consoles.ts";
import { bundle } from "./image.ts";
import { type Machine, type MachinePlan, switchOn } from "./machine.ts";

const onDeadlineMs = 400_000;
const pollMs = 300;

/** A farm with machines in it, for all cases of a file or a `describe`. */
export interface Bed {
  farm: () => Surroundings;
  /** The machine that was switched on last. */
  machine: () => Machine;
  /** Switches a machine on; it goes off when the farm goes. */
  add: (plan: MachinePlan) => Promise<Machine>;
}

/**
 * Builds a farm before the cases and takes it away after them. The console of a machine that ran in a case that failed is
 * kept, and is part of the error.
 *
 * @param plan the machine to begin with, or null
 */
export function useBed(segments: Segment[], plan: MachinePlan | null): Bed {
  const machines: Machine[] = [];
  let farm: Surroundings | null = null;
  const add = async (wanted: MachinePlan) => {
    const machine = await switchOn({ number: machines.length + 1, ...wanted });
    machines.push(machine);
    return machine;
  };
  beforeAll(async () => {
    farm = await buildSurroundings({ segments }, bundle);
    if (plan !== null) await add(plan);
  }, onDeadlineMs);
  afterEach(async ({ task }) => {
    if (task.result?.state !== "fail") return;
    const kept = await Promise.all(machines.map((machine, at) => keepConsole(machine, `${task.name}-${at + 1}`)));
    throw new Error(kept.join("\n"));
  });
  afterAll(async () => {
    await Promise.all(machines.map((machine) => machine.off()));
    await farm?.close();
    await clearFarm();
  });
  return {
    farm: () => known(farm),
    machine: () => known(machines.at(-1)),
    add,
  };
}

function known<T>(value: T | null | undefined): T {
  if (value == null) throw new Error("the farm was not built");
  return value;
}

/** A farm goes with its sandbox; here one sandbox has one farm after another. */
async function clearFarm(): Promise<void> {
  const namespaces = await readNamespaces();
  await Promise.all(namespaces.map((namespace) => endProcesses(namespace, () => true, "SIGKILL")));
  await ipBatch(
    null,
    namespaces.map((namespace) => `netns del ${namespace}`),
  );
  await remove(...(await readdir(labDir)).filter((file) => file !== "lower").map((file) => `${labDir}/${file}`));
}

/** What the machine's console and journal said last; all of both is kept in a file. */
async function keepConsole(machine: Machine, name: string): Promise<string> {
  const console = await machine.console();
  const journal = await machine
    .sh("journalctl --no-pager -o short-monotonic -u zos-boot; cat /run/zos-boot/status.json; ip addr; ip route")
    .catch((error: unknown) => String(error));
  const path = await keep(name, `${console}\n\n${journal}`);
  return `the console is kept in ${path}; its last lines:\n${tail(console)}\nand what the unit said last:\n${tail(journal, 60)}`;
}

/** However slow the machine is, nothing takes this long that comes to an end. */
const untilMs = 240_000;

/**
 * Waits until something is so, and gives it; what is not there yet is null.
 *
 * @throws Error that names what was waited for, and what was there instead if `look` throws that
 */
export async function until<T>(what: string, look: () => Promise<T | null>, limitMs = untilMs): Promise<T> {
  const deadline = performance.now() + limitMs;
  let last: unknown = null;
  for (;;) {
    try {
      const found = await look();
      if (found !== null) return found;
    } catch (error) {
      last = error;
    }
    if (performance.now() > deadline)
      throw new Error(`${what}: not within ${limitMs / 1_000} s`, last === null ? {} : { cause: last });
    await delay(pollMs);
  }
}
