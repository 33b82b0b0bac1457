import { setTimeout as delay } from "node:timers/promises";
import { messageOf } from "../../errors.ts";
import type { Family } from "../../contract.ts";
import { names } from "../../policy/names.ts";
import type { Status } from "../../program/status-file.ts";
import { type InterfaceAddresses, addressesOf } from "./node-addresses.ts";
import type { Fetched } from "../farm/agent.ts";
import { agentArgv, programTimeoutMs } from "../farm/agent-command.ts";
import type { Farm } from "../farm/farm.ts";
import { proveInboundBlocked, startListeners } from "./inbound.ts";
import type { LabNode } from "../farm/node.ts";
import type { Program } from "../farm/program.ts";
import { inapplicable, type Proof, type Proofs, resource } from "./proof.ts";
import { internet, type RouterPlan, settledOffer } from "../layouts/topology.ts";

/** The routers of one segment that offer a family, at least one. */
type Way = readonly [RouterPlan, ...RouterPlan[]];

/** The routers that each interface is behind and that offer its family; null where none does. */
interface Ways {
  host4: Way | null;
  host6: Way | null;
  npub4: Way | null;
  npub6: Way | null;
}

/**
 * `online` depends neither on leases of npub4 and, beside IPv6, of zos (RFC 2131 section 4.1: a client asks again after
 * 4 s, then 8 s) nor on an IPv6 address of zos beside IPv4 (RFC 4861 section 10: three solicitations, 4 s apart).
 */
const lateAddressMs = 12_000;

/** Tries all that a node with this status must and must not be able to do. */
export async function prove(farm: Farm, status: Status, bundle: string): Promise<Proofs> {
  const ways = waysOf(farm, status);
  const [host, beyond] = await Promise.all([
    proveHost(farm.node, ways, bundle),
    status.state === "online" ? proveBeyond(farm.node, ways, bundle) : nothingBeyond(inapplicable, ways),
  ]);
  return { ...host, ...beyond };
}

/** What concerns network resources. */
type Beyond = Omit<Proofs, "host4" | "host6">;

function nothingBeyond(proof: Proof, { npub4, npub6 }: Ways): Beyond {
  const [of4, of6] = [npub4 === null ? inapplicable : proof, npub6 === null ? inapplicable : proof];
  return { nr4: of4, nr6: of6, inbound4Blocked: of4, inbound6Blocked: of6 };
}

async function proveBeyond(node: LabNode, ways: Ways, bundle: string): Promise<Beyond> {
  try {
    await attachResource(node, ways, bundle);
  } catch (error) {
    return nothingBeyond({ isProven: false, says: `no network resource: ${messageOf(error)}` }, ways);
  }
  const listeners = await startListeners(node, bundle);
  try {
    const [ofResource, inbound4, inbound6] = await Promise.all([
      proveResource(node, ways, bundle),
      ways.npub4 && proveInboundBlocked(node, { router: ways.npub4[0], family: "v4" }, bundle),
      ways.npub6 && proveInboundBlocked(node, { router: ways.npub6[0], family: "v6" }, bundle),
    ]);
    return { ...ofResource, inbound4Blocked: inbound4 ?? inapplicable, inbound6Blocked: inbound6 ?? inapplicable };
  } finally {
    await Promise.all(listeners.map(end));
  }
}

async function end(program: Program): Promise<void> {
  await program.signal("SIGTERM");
  await program.exited;
}

function waysOf({ layout, routers }: Farm, { uplink, exit }: Status): Ways {
  const behind = (nic: string | null | undefined) => {
    const segment = layout.nics.find(({ name }) => name === nic)?.segment;
    return routers.filter((each) => each.segment === segment);
  };
  const with4 = (plans: RouterPlan[]) => wayOf(plans.filter((plan) => settledOffer(plan).ipv4 !== null));
  const with6 = (plans: RouterPlan[]) => wayOf(plans.filter((plan) => settledOffer(plan).ipv6 !== null));
  const below = (parent: string | undefined) => behind(parent === names.publicBridge ? exit?.exitNic : uplink?.nic);
  return {
    host4: with4(behind(uplink?.nic)),
    host6: with6(behind(uplink?.nic)),
    npub4: with4(below(exit?.npub4Parent)),
    npub6: with6(below(exit?.npub6Parent)),
  };
}

function wayOf([first, ...others]: RouterPlan[]): Way | null {
  return first === undefined ? null : [first, ...others];
}

async function attachResource(node: LabNode, { npub4 }: Ways, bundle: string): Promise<void> {
  await node.run(["ip", "netns", "add", resource]);
  await Promise.all([
    node.run([process.execPath, bundle, "attach", resource], { timeoutMs: programTimeoutMs }),
    npub4 && awaitAddress(node, "ipv4", { iface: names.npub4, namespace: names.ndmz }),
  ]);
}

/** Without an address until the deadline the proofs fail and say so. */
async function awaitAddress(
  node: LabNode,
  family: keyof InterfaceAddresses,
  { iface, namespace }: { iface: string; namespace: string | null },
): Promise<void> {
  const deadline = performance.now() + lateAddressMs;
  while (performance.now() < deadline) {
    const addresses = await addressesOf(node, iface, namespace);
    if (addresses[family].length > 0) return;
    await delay(20);
  }
}

async function proveHost(
  node: LabNode,
  { host4, host6 }: Ways,
  bundle: string,
): Promise<Pick<Proofs, "host4" | "host6">> {
  if (host4 === null && host6 === null) return { host4: inapplicable, host6: inapplicable };
  const zos = { iface: names.bridge, namespace: null };
  await Promise.all([
    host4 && awaitAddress(node, "ipv4", zos), // A node that IPv6 brought online does not wait for a slow DHCP server.
    host6 && awaitAddress(node, "ipv6", zos),
  ]);
  const [own, { v4, v6 }] = await Promise.all([addressesOf(node, names.bridge), fetchBoth({ node, bundle }, null)]);
  const who = "the node itself";
  return {
    host4: host4 === null ? inapplicable : reached(who, v4, seen4(host4, own)),
    host6: host6 === null ? inapplicable : reached(who, v6, seen6(host6, own)),
  };
}

/** A resource's traffic must arrive with an address of ndmz, or of the router where that masquerades too. */
async function proveResource(node: LabNode, ways: Ways, bundle: string): Promise<Pick<Proofs, "nr4" | "nr6">> {
  const [npub4, npub6, { v4, v6 }] = await Promise.all([
    addressesOf(node, names.npub4, names.ndmz),
    addressesOf(node, names.npub6, names.ndmz),
    fetchBoth({ node, bundle }, resource),
  ]);
  const who = "a network resource";
  return {
    nr4: ways.npub4 === null ? inapplicable : reached(who, v4, seen4(ways.npub4, npub4)),
    nr6: ways.npub6 === null ? inapplicable : reached(who, v6, seen6(ways.npub6, npub6)),
  };
}

/** The IPv4 addresses by which the Internet may know an interface behind these routers. */
function seen4(way: Way, { ipv4 }: InterfaceAddresses): string[] {
  return way.flatMap((plan) => (settledOffer(plan).ipv4?.isNated === true ? [plan.wan4] : ipv4));
}

function seen6(way: Way, { ipv6 }: InterfaceAddresses): string[] {
  return way.flatMap((plan) => (settledOffer(plan).ipv6?.isNated === true ? [plan.wan6] : ipv6));
}

/** Who tries, and by which program. */
interface Tester {
  node: LabNode;
  bundle: string;
}

/** In which families the Internet answers somebody on the node; in none where the namespace is not there. */
export async function familiesReached(tester: Tester, namespace: string | null): Promise<Family[]> {
  const fetched = await fetchBoth(tester, namespace).catch(() => null);
  return fetched === null ? [] : (["v4", "v6"] as const).filter((family) => fetched[family].seen !== null);
}

async function fetchBoth({ node, bundle }: Tester, namespace: string | null): Promise<{ v4: Fetched; v6: Fetched }> {
  const fetchArgv = agentArgv(bundle, "fetch", `http://${internet.http4}/`, `http://[${internet.http6}]/`);
  const { stdout } = await node.run(fetchArgv, { namespace, timeoutMs: programTimeoutMs });
  const [v4, v6] = JSON.parse(stdout) as [Fetched, Fetched];
  return { v4, v6 };
}

function reached(who: string, { url, seen, error }: Fetched, expected: readonly string[]): Proof {
  const family = url.includes("[") ? "IPv6" : "IPv4";
  if (seen === null)
    return { isProven: false, says: `${who} does not reach the Internet over ${family}: ${error ?? "?"}` };
  const isProven = expected.includes(seen);
  const instead = isProven ? "" : ` and not as ${expected.join(" or ") || "one of its own"}`;
  return { isProven, says: `${who} reaches the Internet over ${family}, seen there as ${seen}${instead}` };
}
