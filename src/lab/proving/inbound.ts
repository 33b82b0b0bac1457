import type { Family } from "../../contract.ts";
import { names } from "../../policy/names.ts";
import { run } from "../../os/run.ts";
import { addressesOf } from "./node-addresses.ts";
import type { Connected } from "../farm/agent.ts";
import { agentArgv, programTimeoutMs } from "../farm/agent-command.ts";
import type { LabNode } from "../farm/node.ts";
import { inNamespace } from "../farm/namespaces.ts";
import type { Program } from "../farm/program.ts";
import { type Proof, resource } from "./proof.ts";
import type { RouterPlan } from "../layouts/topology.ts";

/** The addresses that zos gives network resources. */
const resourceNetworks: Record<Family, string> = { v4: "100.127.0.0/16", v6: "fd00::/64" };
const port = "7777";

/** Starts TCP listeners in ndmz and in the network resource, on every address there. */
export async function startListeners(node: LabNode, bundle: string): Promise<Program[]> {
  const listen = agentArgv(bundle, "listen", port);
  return Promise.all([names.ndmz, resource].map((namespace) => node.start(listen, { namespace, isAnnounced: true })));
}

/**
 * Tries to open connections from the farm's LAN to ndmz and to the network resource behind it, with listeners on both
 * and a route in place. Blocked means: each attempt times out, although the same listeners answer inside the node and
 * the attacker knows the MAC of ndmz.
 */
export async function proveInboundBlocked(
  node: LabNode,
  { router, family }: { router: RouterPlan; family: Family },
  bundle: string,
): Promise<Proof> {
  const targets = await targetsIn(node, family);
  if (targets === null)
    return { isProven: false, says: `ndmz or the network resource has no ${label(family)} address` };
  const [via = ""] = targets;
  await run(["ip", "-n", router.namespace, "route", "replace", resourceNetworks[family], "via", via, "dev", "lan"]);
  const connect = agentArgv(bundle, "connect", port, ...targets);
  const [inside, outside] = await Promise.all([
    node.run(connect, { namespace: names.ndmz, timeoutMs: programTimeoutMs }),
    run(inNamespace(router.namespace, connect), { timeoutMs: programTimeoutMs }),
  ]);
  if (!(await isResolved(router, via))) return { isProven: false, says: `${via} does not answer on the LAN at all` };
  return judge(label(family), JSON.parse(inside.stdout) as Connected[], JSON.parse(outside.stdout) as Connected[]);
}

function label(family: Family): string {
  return family === "v4" ? "IPv4" : "IPv6";
}

/** ndmz's outward address first; null unless every interface has an address. */
async function targetsIn(node: LabNode, family: Family): Promise<string[] | null> {
  const key = family === "v4" ? "ipv4" : "ipv6";
  const interfaces = [
    addressesOf(node, family === "v4" ? names.npub4 : names.npub6, names.ndmz),
    addressesOf(node, names.toResources, names.ndmz),
    addressesOf(node, names.resource, resource),
  ];
  const found = (await Promise.all(interfaces)).map((addresses) => addresses[key]);
  return found.some((addresses) => addresses.length === 0) ? null : found.flat();
}

/** Otherwise attempts would time out for want of a neighbour and show nothing. */
async function isResolved({ namespace }: RouterPlan, address: string): Promise<boolean> {
  const { stdout } = await run(["ip", "-n", namespace, "-j", "neigh", "show", "to", address, "dev", "lan"]);
  return (JSON.parse(stdout || "[]") as { lladdr?: string }[]).some(({ lladdr }) => lladdr !== undefined);
}

function judge(family: string, inside: readonly Connected[], outside: readonly Connected[]): Proof {
  const silent = inside.filter(({ result }) => result !== "connected");
  if (silent.length > 0) {
    return {
      isProven: false,
      says: `unsolicited ${family}: the listeners do not answer inside the node either: ${listOf(silent)}`,
    };
  }
  const notDropped = outside.filter(({ result }) => result !== "timeout");
  if (notDropped.length > 0) {
    return { isProven: false, says: `unsolicited ${family} from the LAN is not dropped: ${listOf(notDropped)}` };
  }
  const targets = outside.map(({ address }) => address).join(", ");
  return {
    isProven: true,
    says: `unsolicited ${family} from the LAN gets no answer at ${targets}, where listeners are`,
  };
}

function listOf(results: readonly Connected[]): string {
  return results.map(({ address, result }) => `${address} ${result}`).join(", ");
}
