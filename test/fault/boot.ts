import { readdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import * as v from "valibot";
import { expect } from "vitest";
import { awaitStatus, readStatus } from "../../src/lab/running/await-status.ts";
import { authorityFile, buildFarm, type Farm } from "../../src/lab/farm/farm.ts";
import { ipBatch } from "../../src/lab/farm/namespaces.ts";
import type { Layout } from "../../src/lab/layouts/layout.ts";
import { type LabNode, nodeLabDir } from "../../src/lab/farm/node.ts";
import { labDir } from "../../src/lab/farm/sandbox.ts";
import { remove } from "../../src/os/files.ts";
import { readNamespaces } from "../../src/os/ip.ts";
import { endProcesses } from "../../src/os/processes.ts";
import type { Program } from "../../src/lab/farm/program.ts";
import type { Status } from "../../src/program/status-file.ts";
import { statusSchema } from "../../src/program/status-schema.ts";

/** The program under test. */
export const bundle = fileURLToPath(new URL("../../dist/zos-boot.mjs", import.meta.url));
export const zosBoot = (...args: string[]) => [process.execPath, bundle, ...args];

const logFile = `${nodeLabDir}/up.log`;
const deadlineMs = 40_000;

/** Builds a farm for one test and takes it away afterwards, whatever the test did. */
export async function withFarm(
  layout: Layout,
  use: (farm: Farm) => Promise<void>,
  settings: readonly string[] = [],
): Promise<void> {
  const farm = await buildFarm(layout, bundle, settings);
  try {
    await use(farm);
  } finally {
    await farm.close();
    await clearSandbox();
  }
}

/** A farm goes with its sandbox; here one sandbox has one farm after another. */
async function clearSandbox(): Promise<void> {
  const namespaces = await readNamespaces();
  await Promise.all(namespaces.map((namespace) => endProcesses(namespace, () => true, "SIGKILL")));
  await ipBatch(
    null,
    namespaces.map((namespace) => `netns del ${namespace}`),
  );
  const files = (await readdir(labDir)).filter((file) => file === "nodes" || file.endsWith(".leases"));
  await remove(...files.map((file) => `${labDir}/${file}`));
}

/** Starts `zos-boot up` on a node. */
export function startUp(node: LabNode): Promise<Program> {
  return startStage(node, "up");
}

/** Starts a part of the boot on a node, or all of it. */
export function startStage(node: LabNode, stage: "up" | "internet" | "networkd"): Promise<Program> {
  return node.start(zosBoot(stage, "--log-level", "debug", "--log-file", logFile), { stdio: "ignore" });
}

/** Replaces the lines of the node's configuration that differ from the lab's own. */
export async function configure({ root }: LabNode, ...lines: string[]): Promise<void> {
  const text = ["nicKinds: [veth]", `caFile: ${authorityFile}`, ...lines].join("\n");
  await writeFile(`${root}/etc/zos-boot.yaml`, `${text}\n`);
}

/** The same, for a boot that runs there. */
export async function reloadWith({ node }: Farm, ...lines: string[]): Promise<void> {
  await configure(node, ...lines);
  await node.run(zosBoot("reload"));
}

/** Waits until the boot on the node is as meant; fails with its last status and log, or when a status is not as published. */
export async function until(node: LabNode, isMeant: (status: Status) => boolean): Promise<Status> {
  const isDescribedAndMeant = (status: Status) => {
    expect(v.parse(statusSchema, status)).toEqual(status);
    return isMeant(status);
  };
  try {
    return await awaitStatus(node, isDescribedAndMeant, AbortSignal.timeout(deadlineMs));
  } catch (error) {
    const tail = (await logOf(node)).slice(-30).map((line) => JSON.stringify(line));
    throw new Error(`${JSON.stringify(readStatus(node))}\n${tail.join("\n")}`, { cause: error });
  }
}

export const isOnline = ({ state, ndmz }: Status) => state === "online" && ndmz !== null && ndmz.npub6.ipv6.length > 0;

/** A boot that was started anew is online: the status is its own, not its predecessor's. */
export const isOnlineAs = (pid: number) => (status: Status) => status.pid !== pid && isOnline(status);

interface LogLine {
  actor?: string;
  state?: string;
  command?: string;
  err?: { code?: string; message?: string; step?: string };
}

/** What the boot on the node has logged so far. */
export async function logOf({ root }: LabNode): Promise<LogLine[]> {
  const text = await readFile(root + logFile, "utf8").catch(() => "");
  return text
    .split("\n")
    .filter((line) => line.endsWith("}"))
    .map((line) => JSON.parse(line) as LogLine);
}

/** The codes of the errors that effects threw in a step. */
export async function codesIn(node: LabNode, step: string): Promise<string[]> {
  return (await logOf(node)).flatMap(({ err }) => (err?.step === step ? [err.code ?? "none"] : []));
}

/** Runs a command on the node and gives what it printed. */
export async function outputOf(node: LabNode, ...argv: string[]): Promise<string> {
  return (await node.run(argv)).stdout;
}
