import { mkdir, writeFile } from "node:fs/promises";
import { remove } from "../../os/files.ts";
import { certify } from "./certificates.ts";
import { connectInternet, gridHosts, startDns, startHttp, startVantage, vantageHost } from "./simulated-internet.ts";
import type { Layout } from "../layouts/layout.ts";
import { connectHosts, hostCables, hostsOf } from "./hosts.ts";
import { awaitForwarding, ipBatch, setSysctls } from "./namespaces.ts";
import {
  awaitUnplugged,
  type Cable,
  layCables,
  nameAgain,
  nicCables,
  portLines,
  switchOf,
  twinPorts,
} from "./nic-cables.ts";
import { bootNode, type LabNode } from "./node.ts";
import { registrarHost } from "./web-agents.ts";
import { startPortal } from "./portal.ts";
import { configureRouter, startServices } from "./router.ts";
import { labDir } from "./sandbox.ts";
import { configureSwitch, startSpanningTree } from "./switch.ts";
import { internet, type RouterPlan, routersOf } from "../layouts/topology.ts";

/** A layout that was built: everything is switched on, except for the node's NICs. */
export interface Farm {
  layout: Layout;
  node: LabNode;
  /** The other board with the node's UUID, where the layout has one. */
  twin: LabNode | null;
  routers: RouterPlan[];
  /** Cuts the node's power and switches it on again: nothing is left of what was in its memory, which is all that it had. */
  reboot: () => Promise<Farm>;
  /** Ends what would keep this process waiting; the rest goes with the sandbox. */
  close: () => Promise<void>;
}

/**
 * Builds a farm inside a sandbox; resolves when every server answers. It goes when the sandbox goes.
 *
 * @param bundle path of the program, which is also the HTTP server's
 * @param settings more lines of the program's configuration on the node
 */
export async function buildFarm(layout: Layout, bundle: string, settings: readonly string[] = []): Promise<Farm> {
  await mkdir(labDir, { recursive: true });
  const routers = routersOf(layout);
  const namespaces = addNamespaces(layout, routers);
  const certified = certify(gridHosts);
  const powerOn = async (place = "node") => {
    const plan = { place, name: "node", uuid: layout.twinUuid };
    const [node, { authority }] = await Promise.all([bootNode(plan, configurationFor(layout, settings)), certified]);
    await writeFile(`${node.root}${authorityFile}`, authority);
    return node;
  };
  const [{ node: first, twin }, http, vantage] = await Promise.all([
    Promise.all([powerOn(), layout.twinUuid === undefined ? null : powerOn("twin"), namespaces]).then(([node, other]) =>
      wire(layout, routers, { node, twin: other }),
    ),
    Promise.all([certified, namespaces]).then(([{ server }]) => startHttp(bundle, server, layout.registrar)),
    layout.vantage === true ? namespaces.then(() => startVantage(bundle)) : null,
  ]);
  const portals = await Promise.all(routers.map((plan) => startPortal(plan, bundle)));
  const farmWith = (node: LabNode): Farm => ({
    ...{ layout, node, twin, routers },
    reboot: async () => {
      await node.powerOff();
      await Promise.all([remove(`${labDir}/nodes`), awaitUnplugged(layout)]);
      const next = await powerOn();
      await plugIn(layout, routers, { node: next, firstPort: 0 });
      return farmWith(next);
    },
    close: async () => {
      await Promise.all([
        node.powerOff(),
        twin?.powerOff(),
        ...[http, vantage, ...portals].map((each) => each?.signal("SIGKILL")),
      ]);
    },
  });
  return farmWith(first);
}

/** What the Internet's hosts have their certificates from, on the node. */
export const authorityFile = "/etc/zos-lab-authority.pem";

/** What surrounds nodes that are no namespaces: switches, routers and the Internet, with free ports. */
export interface Surroundings {
  routers: RouterPlan[];
  /** Ends what would keep this process waiting; the rest goes with the sandbox. */
  close: () => Promise<void>;
}

/** Builds a farm without its node, as `buildFarm` does; whoever plugs something in does so at `switchOf` a segment. */
export async function buildSurroundings({ segments }: Pick<Layout, "segments">, bundle: string): Promise<Surroundings> {
  await mkdir(labDir, { recursive: true });
  const layout = { segments, nics: [] };
  const routers = routersOf(layout);
  const [{ server }] = await Promise.all([certify(gridHosts), addNamespaces(layout, routers)]);
  const http = await startHttp(bundle, server, undefined);
  await layCables(standingCables(layout, routers));
  await connectAll(layout, routers);
  return { routers, close: () => http.signal("SIGKILL") };
}

/**
 * The lines of the program's configuration on a layout's node. What the settings say takes the place of what the layout
 * would: a key that is there twice makes a file that is no YAML.
 *
 * @param settings lines that begin with a key each
 */
export function configurationFor(
  { probeTimeoutMs, registrar, vantage }: Pick<Layout, "probeTimeoutMs" | "registrar" | "vantage">,
  settings: readonly string[],
): string[] {
  const ofLayout = [
    "nicKinds: [veth]", // On hardware only physical ones count.
    `caFile: ${authorityFile}`,
    ...(probeTimeoutMs === undefined ? [] : [`probeTimeoutMs: ${probeTimeoutMs}`]),
    ...(registrar === undefined ? [] : [`registrars: [https://${registrarHost}]`, "farmId: 1"]),
    ...(vantage === true ? [`vantages: [http://${vantageHost}]`] : []),
  ];
  const said = new Set(settings.map(keyOf));
  return [...ofLayout.filter((line) => !said.has(keyOf(line))), ...settings];
}

function keyOf(line: string): string {
  return line.slice(0, line.indexOf(":"));
}

/** Plugs a node's NICs in, in a farm that stands. */
async function plugIn(
  layout: Layout,
  routers: readonly RouterPlan[],
  { node, firstPort }: { node: LabNode; firstPort: number },
): Promise<void> {
  await layCables(nicCables(layout, node, firstPort), standingCables(layout, routers).length + firstPort);
  await Promise.all([
    ...layout.segments.map(({ name }) => ipBatch(switchOf(name), portLines(layout, name, firstPort))),
    nameAgain(layout, node),
  ]);
}

async function wire(
  layout: Layout,
  routers: readonly RouterPlan[],
  { node, twin }: Pick<Farm, "node" | "twin">,
): Promise<Pick<Farm, "node" | "twin">> {
  await layCables([...standingCables(layout, routers), ...nicCables(layout, node)]);
  await Promise.all([connectAll(layout, routers), nameAgain(layout, node)]);
  if (twin !== null) await plugIn(layout, routers, { node: twin, firstPort: twinPorts });
  return { node, twin };
}

/** What a farm's switches and routers are built from. */
type Ground = Pick<Layout, "segments" | "nics">;

async function connectAll(layout: Ground, routers: readonly RouterPlan[]): Promise<void> {
  await Promise.all([
    connectInternet(routers).then(startDns),
    ...routers.map((plan) => configureRouter(plan).then(() => startServices(plan.namespace, plan.router))),
    ...layout.segments.map((segment) => configureSwitch(layout, routers, segment)),
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
  await Promise.all([connectHosts(layout), ...layout.segments.map(startSpanningTree)]);
}

/** Addresses outside the node are usable at once: duplicates are detected by nodes, not by the farm. */
async function addNamespaces({ segments }: Ground, routers: readonly RouterPlan[]): Promise<void> {
  const hosts = [internet.namespace, ...[...routers, ...hostsOf({ segments })].map(({ namespace }) => namespace)];
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

/** The cables that stay when the node goes. */
function standingCables({ segments }: Pick<Layout, "segments">, routers: readonly RouterPlan[]): Cable[] {
  const ofRouters = routers.flatMap(({ namespace, port, segment, switchPort }) => [
    { end: `${port} netns ${internet.namespace}`, peer: `wan netns ${namespace}` },
    { end: `${switchPort} netns ${switchOf(segment)}`, peer: `lan netns ${namespace}` },
  ]);
  return [...ofRouters, ...hostCables({ segments })];
}
