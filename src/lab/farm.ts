import { mkdir } from "node:fs/promises";
import { connectInternet, startDns, startHttp } from "./internet.ts";
import type { Layout } from "./layout.ts";
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
    Promise.all([bootNode("node"), namespaces]).then(async ([booted]) => {
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

async function wire(layout: Layout, routers: readonly RouterPlan[], node: LabNode): Promise<void> {
  await layCables(layout, routers, node);
  await Promise.all([
    connectInternet(routers).then(startDns),
    ...routers.map((plan) => configureRouter(plan).then(() => startServices(plan))),
    ...layout.segments.map(({ name }) => configureSwitch(layout, name)),
  ]);
  await Promise.all([
    awaitForwarding(
      internet.namespace,
      routers.map(({ port }) => port),
    ),
    ...routers.flatMap(({ namespace, segment }) => [
      awaitForwarding(namespace, ["wan", "lan"]),
      awaitForwarding(switchOf(segment), ["router"]),
    ]),
  ]);
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
    ...routers.flatMap(({ namespace, port, segment }) => [
      { end: `${port} netns ${internet.namespace}`, peer: `wan netns ${namespace}` },
      { end: `router netns ${switchOf(segment)}`, peer: `lan netns ${namespace}` },
    ]),
    ...nics.map(({ name, segment }, index) => ({
      end: `${portOf(index)}${segment === null ? "" : ` netns ${switchOf(segment)}`}`,
      peer: `${name} address ${macOf(index)} netns ${node.pid}`,
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
  return `02:00:00:00:01:${nicIndex.toString(16).padStart(2, "0")}`;
}

async function configureSwitch({ nics, segments }: Layout, segment: string): Promise<void> {
  const hasRouter = segments.some(({ name, router }) => name === segment && router !== null);
  const ports = nics.flatMap((nic, index) => (nic.segment === segment ? [{ nic, port: portOf(index) }] : []));
  await ipBatch(switchOf(segment), [
    "link add switch type bridge mcast_snooping 0 stp_state 0",
    "link set switch up",
    ...(hasRouter ? ["link set router master switch up"] : []),
    ...ports.map(({ nic, port }) => `link set ${port} master switch ${nic.hasCarrier ? "up" : "down"}`),
  ]);
}
