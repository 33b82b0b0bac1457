import type { Family } from "../../contract.ts";
import { agentArgv } from "../farm/agent-command.ts";
import type { Transferred } from "../farm/knock-agent.ts";
import { ipBatch } from "../farm/namespaces.ts";
import { internet, type RouterPlan } from "../layouts/topology.ts";
import type { Stand } from "./stands.ts";

/** A path behind gateways that takes smaller packets than all links before, and what came of a resource's transfer there. */
export interface TriedPath {
  family: Family;
  mtuBytes: number;
  /** Whether all came through. */
  isThrough: boolean;
  /** What the resource's kernel was told of the path, by an ICMP error. */
  learntBytes: number | null;
}

const transferBytes = 200_000;
/** A tunnel's, and the least of IPv6 (RFC 8200 section 5). */
const mtus = [1_400, 1_280];

/** Has gateways lead by ever smaller paths, and a resource send an echo server of the Internet more than fits. */
export async function tryPaths(
  resource: Stand,
  routers: readonly RouterPlan[],
  { bundle, port, families }: { bundle: string; port: number; families: readonly Family[] },
): Promise<TriedPath[]> {
  const hosts = { v4: internet.http4, v6: internet.http6 } as const;
  const tried: TriedPath[] = [];
  for (const mtuBytes of mtus) {
    await narrow(routers, ` mtu lock ${mtuBytes}`);
    const argv = agentArgv(
      bundle,
      "transfer",
      String(port),
      String(transferBytes),
      ...families.map((each) => hosts[each]),
    );
    const came = JSON.parse(await resource.run(argv)) as Transferred[];
    for (const family of families) {
      const known = await resource.run(["ip", "route", "get", hosts[family]]);
      const [, learnt] = /\bmtu (\d+)/.exec(known) ?? [];
      const isThrough = came.some(({ address, bytes }) => address === hosts[family] && bytes === transferBytes);
      tried.push({ family, mtuBytes, isThrough, learntBytes: learnt === undefined ? null : Number(learnt) });
    }
  }
  await narrow(routers, "");
  return tried;
}

/** Routes of this size out of gateways; what does not fit is refused with an ICMP error. */
async function narrow(routers: readonly RouterPlan[], how: string): Promise<void> {
  const lines = [`route replace 0.0.0.0/0 via ${internet.wan4}${how}`, `route replace ::/0 via ${internet.wan6}${how}`];
  await Promise.all(routers.map(({ namespace }) => ipBatch(namespace, lines)));
}
