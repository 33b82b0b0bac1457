import type { Family } from "../../contract.ts";
import { type Destination, destinations, type Kind, type Source } from "../../policy/reach-matrix.ts";
import { run } from "../../os/run.ts";
import { agentArgv, programTimeoutMs } from "../farm/agent-command.ts";
import { type Knocked, knockPort, portOfEcho } from "../farm/knock-agent.ts";
import { inNamespace } from "../farm/namespaces.ts";
import type { LabNode } from "../farm/node.ts";
import { type Program, startProgram } from "../farm/program.ts";

/** Somebody in a farm who tries to reach others, and notes what arrives. */
export interface Stand {
  /** The row of the matrix; null for who is only reached. */
  source: Source | null;
  name: string;
  run: (argv: readonly string[], input?: string) => Promise<string>;
  start: (argv: readonly string[]) => Promise<Program>;
}

/** An address by which somebody is reached. */
export interface Reachable {
  to: Destination;
  family: Family;
  address: string;
}

/** A network namespace of the node, or with null its own. */
export function standOn(
  node: LabNode,
  namespace: string | null,
  { source, name }: Pick<Stand, "source" | "name">,
): Stand {
  return {
    source,
    name,
    run: async (argv, input = "") => (await node.run(argv, { namespace, input, timeoutMs: programTimeoutMs })).stdout,
    start: (argv) => node.start(argv, { namespace, isAnnounced: true }),
  };
}

/** A namespace of the lab's own. */
export function standAt(namespace: string, { source, name }: Pick<Stand, "source" | "name">): Stand {
  return {
    source,
    name,
    run: async (argv, input = "") =>
      (await run(inNamespace(namespace, argv), { input, timeoutMs: programTimeoutMs })).stdout,
    start: (argv) => startProgram(inNamespace(namespace, argv), { isAnnounced: true }),
  };
}

/** The port by which one is tried by another: whatever arrives by it, wherever, was meant so. */
export function portBetween(stands: readonly Stand[], from: Stand, to: Destination): number {
  return knockPort(stands.indexOf(from) * destinations.length + destinations.indexOf(to));
}

/** The arguments by which an agent tries these addresses. */
export function knocksOf(stands: readonly Stand[], from: Stand, targets: readonly Reachable[]): string[] {
  return targets.map(({ to, address }) => `${address}@${portBetween(stands, from, to)}`);
}

/** Tries these addresses once. */
export async function knockFrom(stand: Stand, bundle: string, knocks: readonly string[]): Promise<Knocked[]> {
  return knocks.length === 0 ? [] : (JSON.parse(await stand.run(agentArgv(bundle, "knock", ...knocks))) as Knocked[]);
}

const table = "lab-reach";
const keys = ["ports4", "ports6", "pings4", "pings6"] as const;

/** Where something is noted: when it is delivered, after all that might drop it, or as it comes in, before that. */
export type Noting = "delivered" | "coming";
const hooks = {
  delivered: "type filter hook input priority 300",
  coming: "type filter hook prerouting priority raw",
} as const satisfies Record<Noting, string>;

/** Has somebody note from now on what comes by the ports of tries (nft 1.0.6; a node has no names of protocols). */
export async function beginNoting(stand: Stand, noting: Noting): Promise<void> {
  const name = `${table}-${noting}`;
  const range = `th dport ${knockPort(0)}-${knockPort(99)}`;
  const rules = ["4", "6"].flatMap((digit) => [
    `meta nfproto ipv${digit} meta l4proto { 6, 17 } ${range} add @ports${digit} { meta l4proto . th dport }`,
    `${digit === "4" ? "icmp" : "icmpv6"} type echo-request add @pings${digit} { meta length }`,
  ]);
  const sets = keys.map((key) => {
    const type = key.startsWith("ports") ? "meta l4proto . th dport" : "meta length";
    return `set ${key} { typeof ${type}; flags dynamic; size 1024; }`;
  });
  const chain = `chain noted {\n${hooks[noting]}; policy accept;\n${rules.join("\n")}\n}`;
  const whole = `table inet ${name}\ndelete table inet ${name}\ntable inet ${name} {\n${[...sets, chain].join("\n")}\n}\n`;
  await stand.run(["nft", "-f", "-"], whole);
}

type Element = number | { concat: [protocol: string | number, port: number] };

/** What has been noted, each as `keyOf` says. */
export async function readNoted(stand: Stand, noting: Noting): Promise<string[]> {
  const listed = await stand.run(["nft", "-j", "list", "table", "inet", `${table}-${noting}`]);
  const { nftables } = JSON.parse(listed) as { nftables: { set?: { name: string; elem?: Element[] } }[] };
  return nftables.flatMap(({ set }) => {
    const family = set?.name.endsWith("6") === true ? "v6" : "v4";
    return (set?.elem ?? []).map((element) => noteOf(element, family));
  });
}

function noteOf(element: Element, family: Family): string {
  if (typeof element === "number") return keyOf(family, "icmp", portOfEcho(element, family === "v6"));
  const [protocol, port] = element.concat;
  return keyOf(family, ["6", "tcp"].includes(String(protocol)) ? "tcp" : "udp", port);
}

/** A try in one word. */
export function keyOf(family: Family, kind: Kind, port: number): string {
  return `${family} ${kind} ${port}`;
}
