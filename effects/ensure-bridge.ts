import type { Uplink } from "../src/contract.ts";
import type { Effects } from "../src/ports.ts";
import { BootError } from "../src/errors.ts";
import { changeAndReadLinks, ipBatch, type Link } from "../src/os/ip.ts";
import { rememberedNics, takeNic } from "../src/os/nic-backup.ts";
import { checkHeld, exclusively, locks } from "../src/os/locks.ts";
import { setSysctls } from "../src/os/sysctl.ts";
import { planBridge } from "../src/policy/bridge-plan.ts";
import { names } from "../src/policy/names.ts";
import { autoconfigured, ipv6Off, soonDoubted } from "../src/policy/sysctls.ts";

/**
 * The bridge `zos` exists with the uplink's MAC and without spanning tree, the uplink is its only NIC, addresses are on
 * the bridge only.
 *
 * @throws BootError `foreign` when something else is called zos, `link-gone`, `not-verified`, `busy` when another process does not let go
 */
export const ensureBridge: Effects["ensureBridge"] = ({ uplink }, { signal }) =>
  exclusively([locks.nic(uplink.nic), locks.bridge(names.bridge)], signal, async () => {
    await putUnderBridge(names.bridge, uplink, signal);
    return { bridge: names.bridge, port: uplink.nic };
  });

/** Makes a NIC the only NIC below one of our bridges, under the locks of both. */
export async function putUnderBridge(
  bridge: typeof names.bridge | typeof names.publicBridge,
  { nic, mtuBytes }: Pick<Uplink, "nic" | "mtuBytes">,
  signal: AbortSignal,
): Promise<void> {
  checkHeld(locks.bridge(bridge));
  const node = { namespace: null, signal };
  const links = await takeNic(nic, signal);
  const ours = await rememberedNics();
  const plan = (found: Link[]) => planBridge({ bridge, nic, mtuBytes, links: found, ours });
  const before = plan(links);
  await ipBatch(node, before.create);
  // The node itself leaves through zos: an address on the exit's bridge would draw its traffic to workloads' side.
  await setSysctls(
    bridge === names.bridge ? { ...autoconfigured(bridge), ...soonDoubted(bridge, bridge) } : ipv6Off(bridge),
  );
  const after = plan(await changeAndReadLinks(node, before.connect));
  const [missing] = [...after.create, ...after.connect];
  if (missing !== undefined) throw new BootError("not-verified", `bridge ${bridge} did not take: ip ${missing}`);
}
