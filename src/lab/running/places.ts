import { messageOf } from "../../errors.ts";
import { run } from "../../os/run.ts";
import { names } from "../../policy/names.ts";
import { hostNamespace } from "../farm/hosts.ts";
import { switchOf } from "../farm/nic-cables.ts";
import { inNamespace } from "../farm/namespaces.ts";
import type { LabNode } from "../farm/node.ts";
import { type Program, startProgram } from "../farm/program.ts";
import { internet } from "../layouts/topology.ts";
import { resource } from "../proving/proof.ts";
import type { OutsidePlace, PlacedCommand, Sight } from "../scenarios/scenario.ts";

const timeoutMs = 30_000;

/** Runs a command where it is meant to be run; gives what it printed. */
export async function runAt(node: LabNode, { at, argv, input }: PlacedCommand): Promise<string> {
  const options = { timeoutMs, ...(input !== undefined && { input }) };
  const inside = { node: null, ndmz: names.ndmz, resource } as const;
  if (at === "node" || at === "ndmz" || at === "resource")
    return (await node.run(argv, { ...options, namespace: inside[at] })).stdout;
  return (await run(inNamespace(namespaceOf(at), argv), options)).stdout;
}

/** Starts a program that stays until it is ended; what it says is not shown. */
export async function startAt(at: OutsidePlace, argv: readonly string[]): Promise<Program> {
  return startProgram(inNamespace(namespaceOf(at), argv), { stdio: "ignore" });
}

function namespaceOf(at: OutsidePlace): string {
  if (at === "internet") return internet.namespace;
  if (at.startsWith("host ")) return hostNamespace(at.slice("host ".length));
  const [kind = "", segment = ""] = at.split(" of ");
  return kind === "switch" ? switchOf(segment) : `router-${segment}`;
}

/** What is seen instead of what should be, or null when all is as it should. */
export async function missedSight(node: LabNode, sight: Sight): Promise<string | null> {
  const printed = await runAt(node, sight).catch((error: unknown) => (sight.isAbsent === true ? "" : messageOf(error)));
  const isAsMeant = sight.matches.test(printed) !== (sight.isAbsent === true);
  return isAsMeant
    ? null
    : printed
        .trim()
        .replaceAll(/\s*\n\s*/g, " | ")
        .slice(0, 300) || "nothing";
}
