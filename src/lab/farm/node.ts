import { mkdir, writeFile } from "node:fs/promises";
import { BootError } from "../../errors.ts";
import { type Output, type RunOptions, run } from "../../os/run.ts";
import { childOf, endNamespaces, type Program, type ProgramOptions, startProgram } from "./program.ts";
import { labDir, nodeArgv, privateDirs } from "./sandbox.ts";

/** A directory on the node that is the lab's and not the program's under test. */
export const nodeLabDir = "/run/zos-boot-lab";

/** A node: namespaces that behave as one machine. */
export interface LabNode {
  /** Its pid 1, as the lab sees it. */
  pid: number;
  /** Its root directory, as the lab sees it. */
  root: string;
  /** Upper sides of its private directories: what differs from the machine's. */
  upper: string;
  run: (argv: readonly string[], options?: NodeRunOptions) => Promise<Output>;
  start: (argv: readonly string[], options?: NodeStartOptions) => Promise<Program>;
  /** Everything that runs on it is gone when this resolves, and so are its NICs. */
  powerOff: () => Promise<void>;
}

/** A network namespace of the node in which to run something; without it the node's own. */
interface InNamespace {
  namespace?: string | null;
}

/** How a command is run on a node. */
export type NodeRunOptions = RunOptions & InNamespace;
/** How a program is started on a node. */
export type NodeStartOptions = Omit<ProgramOptions, "isForked"> & InNamespace;

/** What a node is. */
export interface NodePlan {
  /** Unique among the nodes of a farm. */
  place: string;
  /** Its hostname, and what its machine-id is made of. */
  name: string;
  /** Its DMI product UUID; the machine's own unless said. */
  uuid?: string | undefined;
}

/**
 * Powers a node on; it has no NIC yet. Its /etc and /var begin as the machine's, without resolvers, DHCP leases, and the names of
 * protocols, which a node may lack.
 *
 * @param settings lines of the program's configuration
 */
export async function bootNode({ place, name, uuid = "" }: NodePlan, settings: readonly string[]): Promise<LabNode> {
  const side = `${labDir}/nodes/${place}`;
  const upper = `${side}/upper`;
  const dirs = privateDirs.flatMap((dir) => [`${upper}/${dir}`, `${side}/work/${dir}`]);
  await Promise.all(dirs.map((dir) => mkdir(dir, { recursive: true })));
  await Promise.all([
    writeFile(`${upper}/etc/hostname`, `${name}\n`),
    writeFile(`${upper}/etc/machine-id`, `${machineId(name)}\n`),
    writeFile(`${upper}/etc/resolv.conf`, ""),
    ...["protocols", "services"].map((file) => writeFile(`${upper}/etc/${file}`, "")),
    writeFile(`${upper}/etc/zos-boot.yaml`, `${settings.join("\n")}\n`),
  ]);
  const machine = await startProgram(nodeArgv(side, name, uuid), { isAnnounced: true });
  const pid = await childOf(machine.pid);
  if (pid === null) throw new BootError("command-failed", `${place} went off while it was powered on`);
  await mkdir(`/proc/${pid}/root${nodeLabDir}`);
  return nodeOf(pid, upper, machine);
}

function nodeOf(pid: number, upper: string, machine: Program): LabNode {
  const root = `/proc/${pid}/root`;
  // A killed nsenter(1) would leave its child running without setpriv.
  const enter = (argv: readonly string[], namespace: string | null) => {
    const net = namespace === null ? "--net" : `--net=${root}/run/netns/${namespace}`;
    const into = ["--target", String(pid), net, "--mount", "--root", "--wd", "--pid", "--uts", "--ipc"];
    return ["nsenter", ...into, "setpriv", "--pdeathsig", "KILL", ...argv];
  };
  return {
    pid,
    root,
    upper,
    run: (argv, { namespace, ...options } = {}) => run(enter(argv, namespace ?? null), options),
    start: (argv, { namespace, ...options } = {}) =>
      startProgram(enter(argv, namespace ?? null), { ...options, isForked: true }),
    powerOff: () => endNamespaces(machine.pid),
  };
}

/** 32 hex digits (machine-id(5)), the same for a name each time. */
function machineId(name: string): string {
  return Buffer.from(name).toString("hex").padStart(32, "0").slice(-32);
}
