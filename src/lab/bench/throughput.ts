import { readFile } from "node:fs/promises";
import type { Family } from "../../contract.ts";
import { names } from "../../policy/names.ts";
import type { Status } from "../../program/status-file.ts";
import { agentArgv, programTimeoutMs } from "../farm/agent-command.ts";
import { inNamespace } from "../farm/namespaces.ts";
import type { LabNode } from "../farm/node.ts";
import { startProgram } from "../farm/program.ts";
import { layoutNamed } from "../layouts/catalogue.ts";
import { internet } from "../layouts/topology.ts";
import { resource } from "../proving/proof.ts";
import { awaitStatus } from "../running/await-status.ts";
import { openScene } from "../running/run-scenario.ts";
import { attachResource } from "../running/scene.ts";

/** The bytes that a resource sends to the Internet in a second, by one TCP connection. */
export interface Throughput {
  family: Family;
  /** With all rules of ndmz and its bridges. */
  withRules: number;
  /** By the same path, with nothing but masquerading. */
  withoutRules: number;
}

const port = 7_600;
const pouringMs = 1_000;
const onlineMs = 60_000;
/** What of the path with masquerading alone must be left with all rules. */
export const leastRatio = 0.95;

/** Without its mark ndmz's routing rules let nothing pass. */
const plain = `table inet plain {
  chain passed {
    type filter hook prerouting priority mangle;
    meta mark set 1;
  }
  chain postrouting {
    type nat hook postrouting priority srcnat;
    oifname { "${names.npub4}", "${names.npub6}" } masquerade;
  }
}
`;
const table = `inet ${names.nftTable}`;

/** Measures a resource of home-dual with the rules and without them in turns; of each the best turn counts, which least disturbed. */
export async function measureThroughput(bundle: string, turns: number): Promise<Throughput[]> {
  const { registrar: _registrar, vantage: _vantage, ...layout } = layoutNamed("home-dual");
  const families = ["v4", "v6"] as const;
  const { scene, close } = await openScene({ layout, flowsOf: "resource", families }, bundle);
  const { node } = scene.farm;
  await scene.subject.start();
  const isMeant = ({ state, ndmz }: Status) => state === "online" && (ndmz?.npub4.ipv4.length ?? 0) > 0;
  await awaitStatus(node, isMeant, AbortSignal.timeout(onlineMs));
  await attachResource(scene);
  const argv = agentArgv(bundle, "sink", String(port));
  const sink = await startProgram(inNamespace(internet.namespace, argv), { isAnnounced: true });
  await scene.subject.stop(); // Nobody mends what is taken away.
  const rules = await keptRules(node);
  const best = new Map<string, number>();
  for (let turn = 0; turn < turns; turn++) {
    for (const has of [true, false]) {
      await setRules(node, has ? rules : null);
      for (const family of families) {
        const key = `${family} ${has}`;
        best.set(key, Math.max(best.get(key) ?? 0, await pourOnce(node, bundle, family)));
      }
    }
  }
  await sink.signal("SIGKILL");
  await close();
  return families.map((family) => ({
    family,
    withRules: best.get(`${family} true`) ?? 0,
    withoutRules: best.get(`${family} false`) ?? 0,
  }));
}

async function pourOnce(node: LabNode, bundle: string, family: Family): Promise<number> {
  const address = family === "v4" ? internet.http4 : internet.http6;
  const argv = agentArgv(bundle, "pour", String(port), String(pouringMs), address);
  return Number((await node.run(argv, { namespace: resource, timeoutMs: programTimeoutMs })).stdout);
}

/** What the program gave the kernel last, of ndmz and of the bridges. */
async function keptRules({ root }: LabNode): Promise<[ndmz: string, bridges: string]> {
  const read = async (file: string) =>
    (JSON.parse(await readFile(`${root}${names.runDir}/${file}`, "utf8")) as { rules: string }).rules;
  return [await read("rules.json"), await read("port-rules.json")];
}

async function setRules(node: LabNode, rules: [ndmz: string, bridges: string] | null): Promise<void> {
  const gone = (name: string) => `table ${name}\ndelete table ${name}\n`;
  const [ndmz, bridges] =
    rules === null
      ? [gone(table) + plain, gone(table) + gone(`bridge ${names.nftTable}`)]
      : [gone("inet plain") + rules[0], rules[1]];
  await node.run(["nft", "-f", "-"], { namespace: names.ndmz, input: ndmz });
  await node.run(["nft", "-f", "-"], { input: bridges });
}

/** For people. */
export function renderThroughput(found: readonly Throughput[]): string[] {
  const inMiB = (bytes: number) => `${Math.round(bytes / 1_048_576)} MiB/s`;
  return found.map(({ family, withRules, withoutRules }) => {
    const ratio = withRules / withoutRules;
    const words = `${inMiB(withRules)} with the rules, ${inMiB(withoutRules)} by masquerading alone: ${ratio.toFixed(2)}`;
    return `${ratio >= leastRatio ? "✓" : "✗"} a resource sends over ${family} ${words}`;
  });
}
