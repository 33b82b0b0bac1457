import { setTimeout as delay } from "node:timers/promises";
import { BootError } from "../../errors.ts";
import { names } from "../../policy/names.ts";
import { plugInNic, portOf, switchOf } from "../farm/nic-cables.ts";
import { replaceOffer, replacePrefix, startServices, stopServices } from "../farm/router.ts";
import { ipBatch } from "../farm/namespaces.ts";
import type { RouterPlan } from "../layouts/topology.ts";
import type { Deed } from "../scenarios/scenario.ts";
import { runAt, startAt } from "./places.ts";
import type { Scene } from "./scene.ts";

/** Does one thing to a farm or to its node. */
export async function perform(scene: Scene, deed: Deed): Promise<void> {
  const { node } = scene.farm;
  switch (deed.kind) {
    case "run":
      await runAt(node, deed).catch((error: unknown) => {
        if (deed.mayFail !== true) throw error;
      });
      return;
    case "start":
      scene.started.push(await startAt(deed.at, deed.argv));
      return;
    case "cable":
      return setCable(scene, deed.nic, deed.is === "in");
    case "nic":
      return deed.is === "removed" ? removeNic(scene, deed.nic) : plugInNic(scene.scenario.layout, node, deed.nic);
    case "servers":
    case "offer":
    case "prefix":
      return changeServers(scene, deed);
    case "rule":
      return replaceRule(scene, deed);
    case "program":
    case "zinit":
      return scene.subject.start();
    case "pass":
      await delay(deed.ms);
  }
}

/** Where a NIC's cable ends. */
function portIn({ scenario: { layout } }: Scene, nic: string): { namespace: string; port: string } {
  const index = layout.nics.findIndex(({ name }) => name === nic);
  const segment = layout.nics[index]?.segment;
  if (segment == null) throw new BootError("bad-input", `no cable leads from ${nic} to a switch`);
  return { namespace: switchOf(segment), port: portOf(index) };
}

async function setCable(scene: Scene, nic: string, isIn: boolean): Promise<void> {
  const { namespace, port } = portIn(scene, nic);
  await ipBatch(namespace, [`link set ${port} ${isIn ? "up" : "down"}`]);
}

async function removeNic(scene: Scene, nic: string): Promise<void> {
  const { namespace, port } = portIn(scene, nic);
  await ipBatch(namespace, [`link del ${port}`]);
}

async function changeServers(scene: Scene, deed: Deed & { kind: "servers" | "offer" | "prefix" }): Promise<void> {
  const plan = firstRouter(scene, deed.segment);
  const offers = scene.offers.get(deed.segment) ?? [];
  const latest = offers.at(-1) ?? plan.router;
  if (deed.kind === "prefix") {
    if (latest.ipv6 === null) throw new BootError("bad-input", `${deed.segment} has no IPv6 prefix to be replaced`);
    offers.push({ ...latest, ipv6: { ...latest.ipv6, prefix: deed.prefix } });
    return replacePrefix(plan, latest.ipv6, deed.prefix);
  }
  if (deed.kind === "offer") {
    offers.push(deed.offer);
    return replaceOffer(plan, deed.offer, deed.forgets === true);
  }
  return deed.are === "stopped" ? stopServices(plan.namespace) : startServices(plan.namespace, latest);
}

function firstRouter({ farm: { routers } }: Scene, segment: string): RouterPlan {
  const plan = routers.find((each) => each.segment === segment);
  if (plan === undefined) throw new BootError("bad-input", `there is no router in ${segment}`);
  return plan;
}

async function replaceRule({ farm: { node } }: Scene, { chain, by }: Deed & { kind: "rule" }): Promise<void> {
  const place = ["inet", names.nftTable, chain];
  const listed = await runAt(node, { at: "ndmz", argv: ["nft", "-j", "list", "chain", ...place] });
  const { nftables } = JSON.parse(listed) as { nftables: { rule?: { handle: number } }[] };
  const handle = nftables.flatMap(({ rule }) => (rule === undefined ? [] : [rule.handle])).at(-1);
  if (handle === undefined) throw new BootError("bad-input", `chain ${chain} of ndmz has no rule`);
  await runAt(node, {
    at: "ndmz",
    argv: ["nft", "replace", "rule", ...place, "handle", String(handle), ...by.split(" ")],
  });
}
