import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { names } from "../../policy/names.ts";
import { addressesOf } from "./node-addresses.ts";
import { agentArgv, programTimeoutMs } from "../farm/agent-command.ts";
import type { Farm } from "../farm/farm.ts";
import type { LabNode } from "../farm/node.ts";
import type { Program } from "../farm/program.ts";
import { type ProcessManager, processManagers } from "../farm/process-managers.ts";
import { inapplicable, type Proof } from "./proof.ts";
import { labDir } from "../farm/sandbox.ts";

/** What the program says of the service that keeps zos's lease. */
export interface Supervision {
  kind: string;
  service: string;
  state: string;
}

/** What is shown of it by deeds. */
export interface SupervisionProofs {
  /** After the program ended, the client renewed its lease. */
  renewed: Proof;
  /** A client that was killed came back, and asked for its lease. */
  revived: Proof;
}

/** Some renewals, and the 2 s that zinit waits before it starts a client again. */
const deadlineMs = 15_000;

/** Starts the node's process manager, if it is to have one. */
export async function startProcessManager(node: LabNode, manager: ProcessManager, bundle: string): Promise<void> {
  const protocol = processManagers[manager];
  if (protocol !== null) await node.start(agentArgv(bundle, "zinit", protocol), { isAnnounced: true });
}

/** What `zos-boot status` on the node says of zos's lease client; its exit code tells of the boot, not of this. */
export async function readSupervision(node: LabNode, bundle: string): Promise<Supervision | null> {
  const status = ["sh", "-c", '"$@" || true', "status", process.execPath, bundle, "status", "--json"];
  const { stdout } = await node.run(status, { timeoutMs: programTimeoutMs });
  const { supervisor } = JSON.parse(stdout) as { supervisor?: { kind: string; services: Supervision[] } };
  const found = supervisor?.services.find(({ service }) => service === names.uplinkClient);
  return supervisor === undefined || found === undefined
    ? null
    : { kind: supervisor.kind, service: found.service, state: found.state };
}

/** What is not as it must be on a node with this process manager. */
export function problemsOfSupervision(found: Supervision | null, manager: ProcessManager): string[] {
  const protocol = processManagers[manager];
  const expected = protocol === null ? "embedded" : `zinit-${protocol}`;
  if (found?.kind === expected && found.state === "running") return [];
  return [
    `${names.uplinkClient} is ${found?.state ?? "nowhere"} under ${found?.kind ?? "nobody"}, not running under ${expected}`,
  ];
}

/**
 * Ends the program and looks whether the lease outlives it. A client that this program keeps comes back only while it runs,
 * one that a process manager keeps also afterwards.
 */
export async function proveSupervision(farm: Farm, up: Program, manager: ProcessManager): Promise<SupervisionProofs> {
  const [address] = (await addressesOf(farm.node, names.bridge)).ipv4;
  if (address === undefined) return { renewed: inapplicable, revived: inapplicable };
  const end = async () => {
    await up.signal("SIGTERM");
    await up.exited;
  };
  if (processManagers[manager] === null) {
    const revived = await proveRevived(farm, address);
    await end();
    return { renewed: await proveRenewed(farm, address), revived };
  }
  await end();
  return { renewed: await proveRenewed(farm, address), revived: await proveRevived(farm, address) };
}

async function proveRenewed(farm: Farm, address: string): Promise<Proof> {
  const before = await acknowledgements(farm, address);
  const isProven = await within(deadlineMs, async () => (await acknowledgements(farm, address)) > before);
  const says = `the lease of ${address} ${isProven ? "was" : "was not"} renewed after the program had ended`;
  return { isProven, says };
}

async function proveRevived(farm: Farm, address: string): Promise<Proof> {
  const killed = await clientsOn(farm.node);
  if (killed.length === 0) return { isProven: false, says: "there is no DHCP client to be killed" };
  await farm.node.run(["kill", "-KILL", ...killed]);
  const before = await acknowledgements(farm, address);
  const isBack = async () => (await clientsOn(farm.node)).some((pid) => !killed.includes(pid));
  const isProven = await within(
    deadlineMs,
    async () => (await isBack()) && (await acknowledgements(farm, address)) > before,
  );
  return {
    isProven,
    says: `a DHCP client that is killed ${isProven ? "comes back with" : "does not renew"} ${address}`,
  };
}

/** How often a router has said that the address is still the node's. */
export async function acknowledgements({ routers }: Farm, address: string): Promise<number> {
  const logs = await Promise.all(
    routers.map(({ namespace }) => readFile(`${labDir}/${namespace}.log`, "utf8").catch(() => "")),
  );
  return logs.join("\n").split(`DHCPACK(lan) ${address} `).length - 1;
}

async function clientsOn(node: LabNode): Promise<string[]> {
  const { stdout } = await node.run(["sh", "-c", `pgrep -f '^dhcpcd: ${names.bridge} .ip4.' || true`]);
  return stdout.split("\n").filter((pid) => pid !== "");
}

async function within(limitMs: number, isSo: () => Promise<boolean>): Promise<boolean> {
  const deadline = performance.now() + limitMs;
  while (performance.now() < deadline) {
    if (await isSo()) return true;
    await delay(20);
  }
  return false;
}
