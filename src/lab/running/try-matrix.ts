import { readFile, writeFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import type { Family } from "../../contract.ts";
import { BootError, messageOf } from "../../errors.ts";
import type { LanAccess } from "../../policy/lan-access.ts";
import { names } from "../../policy/names.ts";
import { agentArgv, programTimeoutMs } from "../farm/agent-command.ts";
import { internet } from "../layouts/topology.ts";
import type { Layout } from "../layouts/layout.ts";
import { type TriedPath, tryPaths } from "../proving/path-mtu.ts";
import { cellsOf, type Shown, type TriedCell } from "../proving/reach-cells.ts";
import {
  type Ground,
  standsIn,
  surveyGround,
  targetsOf,
  twoResources,
  withNeighbours,
} from "../proving/reach-ground.ts";
import {
  beginNoting,
  knockFrom,
  knocksOf,
  portBetween,
  readNoted,
  type Reachable,
  type Stand,
} from "../proving/stands.ts";
import { awaitStatus } from "./await-status.ts";
import { matrixReportOf, openPhase, renderMatrix } from "./matrix-report.ts";
import { perform } from "./perform.ts";
import { openScene } from "./run-scenario.ts";
import { type Scene, statusOf } from "./scene.ts";

/** What the matrix is tried in, and how. */
export interface MatrixOptions {
  layout: Layout;
  /** Path of the program under test. */
  bundle: string;
  /** One JSON object on stdout instead of lines for people. */
  isJson: boolean;
}

/** A farm in which the matrix is tried. */
interface Trial {
  scene: Scene;
  stands: readonly Stand[];
  ndmz: Stand;
}

type Open = Pick<LanAccess, "lanAccess">;

const [closed, open] = [{ lanAccess: "drop" }, { lanAccess: "allow" }] as const satisfies Open[];
const onlineMs = 60_000;
const mendedMs = 40_000;
const lookAgainMs = 100;
const families = ["v4", "v6"] as const;

/**
 * Boots a layout, inside a sandbox, and tries each cell of the matrix of who may reach whom with real traffic: before, during and after
 * a mend, and a failover where ndmz leaves by a NIC of its own, and with an open LAN.
 *
 * @returns the exit code: 0 when every cell was as the matrix says, else 1
 */
export async function tryMatrix({ layout, bundle, isJson }: MatrixOptions): Promise<number> {
  const say = isJson ? () => undefined : (line: string) => process.stdout.write(`${line}\n`);
  const { scene, close } = await openScene({ layout: withNeighbours(layout), flowsOf: "resource", families }, bundle);
  const cells: TriedCell[] = [];
  const paths: TriedPath[] = [];
  const troubles: string[] = [];
  try {
    const trial = await begin(scene);
    say("a transfer by smaller paths …");
    paths.push(...(await tryPathsIn(trial)));
    for (const phase of phasesOf(trial)) {
      say(`${phase.says} …`);
      cells.push(...(await phase.run()));
    }
  } catch (error) {
    troubles.push(messageOf(error));
  }
  const report = matrixReportOf({ layout, cells, paths, troubles });
  process.stdout.write(isJson ? `${JSON.stringify(report)}\n` : renderMatrix(report).join("\n") + "\n");
  if (isJson) for (const problem of report.problems) process.stderr.write(`✗ ${problem}\n`);
  await scene.subject.stop();
  await close();
  return report.problems.length === 0 ? 0 : 1;
}

/** Boots, attaches two resources, and has those who are tried answer. */
async function begin(scene: Scene): Promise<Trial> {
  const { node } = scene.farm;
  await scene.subject.start();
  await awaitStatus(node, ({ state }) => state === "online", AbortSignal.timeout(onlineMs));
  for (const name of twoResources) {
    await node.run(["ip", "netns", "add", name]);
    await node.run([process.execPath, scene.bundle, "attach", name], { timeoutMs: programTimeoutMs });
  }
  const stands = standsIn(scene.farm);
  const ndmz = stands.find(({ name }) => name === names.ndmz);
  if (ndmz === undefined) throw new BootError("bad-input", "there is no ndmz");
  const trial = { scene, stands, ndmz };
  await awaitReach(trial, familiesOf(scene, null));
  await Promise.all(await answering(trial));
  return trial;
}

/** The families that gateways of the layout offer, but for one NIC's. */
function familiesOf({ scenario: { layout } }: Scene, without: string | null): Family[] {
  const plugged = layout.nics.filter(({ name, hasCarrier }) => hasCarrier && name !== without);
  const routers = plugged.flatMap(({ segment }) => layout.segments.find(({ name }) => name === segment)?.router ?? []);
  return families.filter((family) => routers.some((each) => each[family === "v4" ? "ipv4" : "ipv6"] !== null));
}

/** Echo servers wherever an address stays what it is, on all ports by which it is tried. */
async function answering({ scene, stands }: Trial) {
  const { addresses } = await survey(scene);
  const all = stands.filter(({ name }) => name !== names.ndmz);
  return all.flatMap((stand) => {
    const own = addresses.get(stand.name) ?? [];
    return [...new Set(own.map(({ to }) => to))].map(async (to) => {
      const ports = stands.map((from) => portBetween(stands, from, to)).join(",");
      const at = own.filter((each) => each.to === to).map(({ address }) => address);
      scene.started.push(await stand.start(agentArgv(scene.bundle, "echo", ports, ...at)));
    });
  });
}

async function survey(scene: Scene): Promise<Ground> {
  const status = statusOf(scene);
  if (status === null) throw new BootError("bad-input", "the program has told nothing");
  return surveyGround(scene.farm, status);
}

interface Phase {
  says: string;
  run: () => Promise<TriedCell[]>;
}

function phasesOf(trial: Trial): Phase[] {
  const { scene } = trial;
  const lost = nicToLose(scene);
  const after = (says: string): Phase => ({ says, run: () => tryOnce(trial, says, closed) });
  const during = (says: string, act: () => Promise<void>): Phase => ({ says, run: () => tryWhile(trial, says, act) });
  const mend = async () => {
    await scene.farm.node.run(["ip", "link", "set", "dev", names.npub6, "down"], { namespace: names.ndmz });
    await awaitReach(trial, familiesOf(scene, null));
  };
  const failOver = async () => {
    await perform(scene, { kind: "cable", nic: lost ?? "", is: "out" });
    await awaitReach(trial, familiesOf(scene, lost));
  };
  const opened = async () => {
    await setLan(scene, open);
    const cells = await tryOnce(trial, openPhase, open);
    await setLan(scene, closed);
    return cells;
  };
  return [
    after("before"),
    during(`while ${names.npub6} is down and mended`, mend),
    after("after the mend"),
    { says: openPhase, run: opened },
    ...(lost === null ? [] : [during(`while ${lost} is pulled`, failOver), after("after the failover")]),
  ];
}

/** The NIC that workloads leave through, where there is another. */
function nicToLose(scene: Scene): string | null {
  const { uplink, exit } = statusOf(scene) ?? { uplink: null, exit: null };
  const { length } = scene.scenario.layout.nics.filter(({ hasCarrier }) => hasCarrier);
  return length < 2 ? null : (exit?.exitNic ?? uplink?.nic ?? null);
}

/** Everybody tries everybody once. */
async function tryOnce(trial: Trial, phase: string, lan: Open): Promise<TriedCell[]> {
  const { scene, stands } = trial;
  const tried = await prepare(trial, lan);
  const asked = [...tried].map(async ([stand, targets]) => {
    return [stand, await knockFrom(stand, scene.bundle, knocksOf(stands, stand, targets))] as const;
  });
  const answers = new Map(await Promise.all(asked));
  return cellsOf({ phase, lan, stands, tried, answers, ...(await notesOf(trial)) });
}

/** Everybody tries everybody for as long as something takes. */
async function tryWhile(trial: Trial, phase: string, act: () => Promise<void>): Promise<TriedCell[]> {
  const { scene, stands } = trial;
  const tried = await prepare(trial, closed);
  const knocking = await Promise.all(
    [...tried].map(([stand, targets]) =>
      stand.start(agentArgv(scene.bundle, "keep-knocking", ...knocksOf(stands, stand, targets))),
    ),
  );
  try {
    await act();
  } finally {
    await Promise.all(
      knocking.map(async (program) => {
        await program.signal("SIGKILL");
        await program.exited;
      }),
    );
  }
  return cellsOf({ phase, lan: closed, stands, tried, answers: null, ...(await notesOf(trial)) });
}

async function prepare({ scene, stands, ndmz }: Trial, lan: Open): Promise<Map<Stand, readonly Reachable[]>> {
  const ground = await survey(scene);
  await Promise.all([...stands.map((stand) => beginNoting(stand, "delivered")), beginNoting(ndmz, "coming")]);
  const sources = stands.filter(({ source }) => source !== null);
  return new Map(sources.map((stand) => [stand, targetsOf(stand, ground, lan)]));
}

async function notesOf({ stands, ndmz }: Trial): Promise<Pick<Shown, "delivered" | "coming">> {
  const [coming, ...delivered] = await Promise.all([
    readNoted(ndmz, "coming"),
    ...stands.map((stand) => readNoted(stand, "delivered")),
  ]);
  return { delivered: new Set(delivered.flat()), coming: new Set(coming) };
}

/**
 * Waits until a resource reaches the Internet in these families.
 *
 * @throws BootError `timeout`
 */
async function awaitReach({ scene, stands }: Trial, wanted: readonly Family[]): Promise<void> {
  const [resource] = stands;
  if (resource === undefined) throw new BootError("bad-input", "there is no resource");
  const hosts = { v4: internet.http4, v6: internet.http6 } as const;
  const knocks = wanted.map((family) => `${hosts[family]}@80`);
  const deadline = performance.now() + mendedMs;
  for (;;) {
    const found = await knockFrom(resource, scene.bundle, knocks);
    if (found.every(({ tcp }) => tcp)) return;
    if (performance.now() > deadline)
      throw new BootError("timeout", `a resource does not reach the Internet by ${wanted.join(" and ")}`);
    await delay(lookAgainMs);
  }
}

/** The farmer opens the LAN to resources, or closes it again; resolves when ndmz has the rules. */
async function setLan({ farm: { node }, bundle }: Scene, { lanAccess }: Open): Promise<void> {
  const file = `${node.root}/etc/zos-boot.yaml`;
  const others = (await readFile(file, "utf8")).split("\n").filter((line) => !line.startsWith("lanAccess:"));
  await writeFile(file, `${[...others, `lanAccess: ${lanAccess}`].join("\n")}\n`);
  await node.run([process.execPath, bundle, "reload"], { timeoutMs: programTimeoutMs });
  const deadline = performance.now() + mendedMs;
  const list = ["nft", "list", "chain", "inet", names.nftTable, "outward"];
  const isClosed = async () => (await node.run(list, { namespace: names.ndmz })).stdout.includes("daddr");
  while ((await isClosed()) !== (lanAccess === "drop")) {
    if (performance.now() > deadline) throw new BootError("timeout", `ndmz has no rules for lanAccess: ${lanAccess}`);
    await delay(lookAgainMs);
  }
}

/** Resources of both families send more than fits the paths behind ndmz's own gateways. */
async function tryPathsIn({ scene, stands }: Trial): Promise<TriedPath[]> {
  const { segments, outward } = await survey(scene);
  const [resource] = stands;
  if (resource === undefined) return [];
  const routers = scene.farm.routers.filter(({ segment }) => segment === segments.v4 || segment === segments.v6);
  const wanted = families.filter((family) => outward[family] !== null);
  const port = portBetween(stands, resource, "internet");
  return tryPaths(resource, routers, { bundle: scene.bundle, port, families: wanted });
}
