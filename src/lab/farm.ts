import { mkdir } from "node:fs/promises";
import { connectInternet, startDns, startHttp } from "./internet.ts";
import type { Layout, Segment } from "./layout.ts";
import { awaitForwarding, ipBatch, setSysctls } from "./network.ts";
import { bootNode, type LabNode } from "./node.ts";
import { configureRouter, startServices } from "./router.ts";
import { labDir } from "./sandbox.ts";
import { internet, type RouterPlan, routersOf } from "./topology.ts";

/** A layout that was built: everything is switched on, except for the node's NICs. */
export interface Farm {
  layout: Layout;
  node: LabNode;
  routers: RouterPlan[];
  /** Ends what would keep this process waiting; the rest goes with the sandbox. */
  close: () => Promise<void>;
}

/**
 * Builds a farm inside a sandbox; resolves when every server answers. It goes when the sandbox goes.
 *
 * @param bundle path of the program, which is also the HTTP server's
 */
export async function buildFarm(layout: Layout, bundle: string): Promise<Farm> {
  await mkdir(labDir, { recursive: true });
  const routers = routersOf(layout);
  const namespaces = addNamespaces(layout, routers);
  const [node, http] = await Promise.all([
    Promise.all([bootNode("node", configurationFor(layout)), namespaces]).then(async ([booted]) => {
      await wire(layout, routers, booted);
      return booted;
    }),
    namespaces.then(() => startHttp(bundle)),
  ]);
  const close = async () => {
    await Promise.all([node.powerOff(), http.signal("SIGKILL")]);
  };
  return { layout, node, routers, close };
}

function configurationFor({ probeTimeoutMs }: Layout): string[] {
  return probeTimeoutMs === undefined ? [] : [`probeTimeoutMs: ${probeTimeoutMs}`];
}

async function wire(layout: Layout, routers: readonly RouterPlan[], node: LabNode): Promise<void> {
  await layCables(layout, routers, node);
  await Promise.all([
    connectInternet(routers).then(startDns),
    ...routers.map((plan) => configureRouter(plan).then(() => startServices(plan.namespace, plan.router))),
    ...layout.segments.map(({ name }) => configureSwitch(layout, routers, name)),
    nameAgain(layout, node),
  ]);
  await Promise.all([
    awaitForwarding(
      internet.namespace,
      routers.map(({ port }) => port),
    ),
    ...routers.flatMap(({ namespace, segment, switchPort }) => [
      awaitForwarding(namespace, ["wan", "lan"]),
      awaitForwarding(switchOf(segment), [switchPort]),
    ]),
  ]);
  await Promise.all(layout.segments.map(startSpanningTree));
}

/** Addresses outside the node are usable at once: duplicates are detected by nodes, not by the farm. */
async function addNamespaces({ segments }: Layout, routers: readonly RouterPlan[]): Promise<void> {
  const hosts = [internet.namespace, ...routers.map(({ namespace }) => namespace)];
  const switches = segments.map(({ name }) => switchOf(name));
  await ipBatch(
    null,
    [...hosts, ...switches].map((namespace) => `netns add ${namespace}`),
  );
  await Promise.all([
    ...hosts.map((host) =>
      setSysctls(host, ["net.ipv6.conf.default.accept_dad=0", "net.ipv6.conf.default.accept_ra=0"]),
    ),
    ...switches.map((each) => setSysctls(each, ["net.ipv6.conf.default.disable_ipv6=1"])),
  ]);
}

function switchOf(segment: string): string {
  return `switch-${segment}`;
}

/**
 * An empty port is a cable whose other end lies about in the sandbox, switched off. The ends of a cable must differ in
 * their index: else the kernel takes news of its carrier for not urgent, up to 1 s late (net/core/link_watch.c).
 */
async function layCables({ nics }: Layout, routers: readonly RouterPlan[], node: LabNode): Promise<void> {
  const cables = [
    ...routers.flatMap(({ namespace, port, segment, switchPort }) => [
      { end: `${port} netns ${internet.namespace}`, peer: `wan netns ${namespace}` },
      { end: `${switchPort} netns ${switchOf(segment)}`, peer: `lan netns ${namespace}` },
    ]),
    ...nics.map(({ name, segment, mtuBytes = 1_500 }, index) => ({
      end: `${portOf(index)} mtu ${mtuBytes}${segment === null ? "" : ` netns ${switchOf(segment)}`}`,
      peer: `${name} mtu ${mtuBytes} address ${macOf(index)} netns ${node.pid}`,
    })),
  ];
  await ipBatch(
    null,
    cables.map(({ end, peer }, index) => `link add index ${1_000 + index} name ${end} type veth peer name ${peer}`),
  );
}

function portOf(nicIndex: number): string {
  return `port${nicIndex}`;
}

/** A locally administered MAC (IEEE 802, section 8.2.2), the same in every run. */
function macOf(nicIndex: number): string {
  const [high, low] = [0x01 + (nicIndex >> 8), nicIndex & 0xff].map((byte) => byte.toString(16).padStart(2, "0"));
  return `02:00:00:00:${high}:${low}`;
}

async function nameAgain({ nics }: Layout, node: LabNode): Promise<void> {
  const named = nics.filter(({ altname }) => altname !== undefined);
  for (const { name, altname = "" } of named) {
    await node.run(["ip", "link", "property", "add", "dev", name, "altname", altname]);
  }
}

async function configureSwitch({ nics }: Layout, routers: readonly RouterPlan[], segment: string): Promise<void> {
  const cables = routers.filter((plan) => plan.segment === segment);
  const ports = nics.flatMap((nic, index) => (nic.segment === segment ? [{ nic, port: portOf(index) }] : []));
  await ipBatch(switchOf(segment), [
    "link add switch type bridge mcast_snooping 0 stp_state 0",
    "link set switch up",
    ...cables.map(({ switchPort }) => `link set ${switchPort} master switch up`),
    ...ports.map(({ nic, port }) => `link set ${port} master switch ${nic.hasCarrier ? "up" : "down"}`),
  ]);
}

/** From now on: the routers' ports forward already, and go on; a NIC's port starts when it comes up (in 1/100 s). */
async function startSpanningTree({ name, stpForwardDelayMs }: Segment): Promise<void> {
  if (stpForwardDelayMs === undefined) return;
  const delay = Math.round(stpForwardDelayMs / 10);
  await ipBatch(switchOf(name), [`link set switch type bridge forward_delay ${delay} stp_state 1`]);
}
