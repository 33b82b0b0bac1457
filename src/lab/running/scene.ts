import { readFile } from "node:fs/promises";
import { release } from "node:os";
import type { Family } from "../../contract.ts";
import { names } from "../../policy/names.ts";
import type { Status } from "../../program/status-file.ts";
import { agentArgv, programTimeoutMs } from "../farm/agent-command.ts";
import type { Farm } from "../farm/farm.ts";
import type { FlowRecords } from "../farm/flow-record.ts";
import { nodeLabDir } from "../farm/node.ts";
import type { Program } from "../farm/program.ts";
import { echoPort } from "../farm/simulated-internet.ts";
import type { RouterOffer } from "../layouts/layout.ts";
import { internet } from "../layouts/topology.ts";
import { resource } from "../proving/proof.ts";
import type { Scenario } from "../scenarios/scenario.ts";
import { readStatus } from "./await-status.ts";
import type { Subject } from "./subject.ts";

/** A scenario while it happens. */
export interface Scene {
  scenario: Pick<Scenario, "layout" | "flowsOf" | "families">;
  farm: Farm;
  bundle: string;
  subject: Subject;
  /** What the first router of a segment has offered so far, by the segment's name. */
  offers: Map<string, RouterOffer[]>;
  /** Programs of the farm that the scenario started. */
  started: Program[];
  /** Null until flows run. */
  flows: Program | null;
}

const flowsFile = `${nodeLabDir}/flows.json`;
const outward = { v4: internet.http4, v6: internet.http6 } as const satisfies Record<Family, string>;

/** The scene of a farm that was just built. */
export function sceneOf(
  scenario: Scene["scenario"],
  { farm, bundle, subject }: Pick<Scene, "farm" | "bundle" | "subject">,
): Scene {
  const firsts = scenario.layout.segments.map(({ name, router }): [string, RouterOffer[]] => [
    name,
    router === null ? [] : [router],
  ]);
  return { scenario, farm, bundle, subject, offers: new Map(firsts), started: [], flows: null };
}

/** Attaches the network resource to ndmz; a second time this changes nothing. */
export async function attachResource({ farm: { node }, bundle }: Scene): Promise<void> {
  await node.run(["ip", "netns", "add", resource]);
  await node.run([process.execPath, bundle, "attach", resource], { timeoutMs: programTimeoutMs });
}

/** Starts the flows; whether they have answers, their records tell. */
export async function startFlows(scene: Scene): Promise<void> {
  const { farm, bundle, scenario } = scene;
  const hosts = scenario.families.map((family) => outward[family]);
  const namespace = scenario.flowsOf === "resource" ? resource : null;
  const argv = agentArgv(bundle, "flows", flowsFile, String(echoPort), ...hosts);
  scene.flows = await farm.node.start(argv, { namespace });
}

/** What is known of the flows now. */
export async function readFlows({ farm: { node } }: Scene): Promise<FlowRecords> {
  return JSON.parse(await readFile(node.root + flowsFile, "utf8")) as FlowRecords;
}

/** The MAC address of tonrs, or that there is none. */
export async function macOfToResources({ farm: { node } }: Scene): Promise<string> {
  const { stdout } = await node
    .run(["ip", "-n", names.ndmz, "-j", "link", "show", "dev", names.toResources])
    .catch(() => ({
      stdout: "[]",
    }));
  return (JSON.parse(stdout) as { address: string }[])[0]?.address ?? "none";
}

/** What the program last said of itself. */
export function statusOf({ farm }: Scene): Status | null {
  return readStatus(farm.node);
}

/** The release of the kernel that all of it runs on. */
export const kernel = release();
