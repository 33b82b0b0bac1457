import { readFile, rm, writeFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { run } from "../../os/run.ts";
import type { Ipv4Network, Ipv6Network, RouterOffer } from "../layouts/layout.ts";
import { inNamespace, ipBatch, setSysctls } from "./namespaces.ts";
import { labDir } from "./sandbox.ts";
import { internet, lanRoutes, type RouterPlan } from "../layouts/topology.ts";

/** Addresses, routes, forwarding, NAT and firewall. */
export async function configureRouter(plan: RouterPlan): Promise<void> {
  const { namespace, wan4, wan6, router } = plan;
  await ipBatch(namespace, [
    `addr add ${wan4}/24 dev wan`,
    `addr add ${wan6}/64 dev wan nodad`,
    ...lanAddresses(router),
    ...["lo", "wan", "lan"].map((link) => `link set ${link} up`),
    ...(router.isDeadEnd === true ? [] : defaultRoutes),
  ]);
  await Promise.all([
    setSysctls(namespace, ["net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1"]),
    setRules(namespace, router),
  ]);
}

const defaultRoutes = [`route add 0.0.0.0/0 via ${internet.wan4}`, `route add ::/0 via ${internet.wan6}`];

function lanAddresses({ ipv4, ipv6 }: RouterOffer): string[] {
  return [
    ...(ipv4 === null ? [] : [`addr replace ${ipv4.address} dev lan`]),
    ...prefixesOf(ipv6).map((prefix) => `addr replace ${firstAddress(prefix)} dev lan nodad`),
  ];
}

function prefixesOf(ipv6: Ipv6Network | null): string[] {
  return ipv6 === null ? [] : [ipv6.prefix, ...(ipv6.otherPrefixes ?? [])];
}

function firstAddress(prefix: string): string {
  return prefix.replace("::/", "::1/");
}

/**
 * A router has other addresses and offers something else from now on; what it had is gone. Resolves when it offers the new.
 *
 * @param forgets whether it has no leases any more
 */
export async function replaceOffer(plan: RouterPlan, offer: RouterOffer, forgets: boolean): Promise<void> {
  const { namespace } = plan;
  await stopServices(namespace);
  if (forgets) await rm(`${labDir}/${namespace}.leases`, { force: true });
  await ipBatch(namespace, ["addr flush dev lan scope global", ...lanAddresses(offer)]);
  await ipBatch(
    internet.namespace,
    lanRoutes({ ...plan, router: { ...plan.router, ...offer } }).map((line) => line.replace("add", "replace")),
  );
  await setRules(namespace, offer);
  await startServices(namespace, offer);
}

/**
 * A router has another IPv6 prefix, to which the Internet knows the way; to the one before nobody does. Its servers go on, and
 * advertise the one before as deprecated (dnsmasq(8), `constructor`).
 */
export async function replacePrefix(plan: RouterPlan, before: Ipv6Network, prefix: string): Promise<void> {
  await ipBatch(internet.namespace, [`route replace ${prefix} via ${plan.wan6}`, `route del ${before.prefix}`]);
  await ipBatch(plan.namespace, [
    `addr add ${firstAddress(prefix)} dev lan nodad`,
    `addr del ${firstAddress(before.prefix)} dev lan`,
  ]);
}

/** Changes what a router offers; resolves when it offers the new. */
export async function changeOffer({ namespace }: RouterPlan, offer: RouterOffer): Promise<void> {
  await Promise.all([ipBatch(namespace, lanAddresses(offer)), setRules(namespace, offer), stopServices(namespace)]);
  await startServices(namespace, offer);
}

async function setRules(namespace: string, offer: RouterOffer): Promise<void> {
  await run(inNamespace(namespace, ["nft", "-f", "-"]), { input: rulesOf(offer) });
}

/** Replaces rules of an earlier offer. */
function rulesOf({ ipv4, ipv6 }: RouterOffer): string {
  const firewall = `
  chain forward {
    type filter hook forward priority filter; policy drop;
    ct state established,related accept;
    iifname "lan" accept;
    meta nfproto ipv4 accept;
  }`;
  const masquerade = (family: string) => `meta nfproto ${family} oifname "wan" masquerade;`;
  return `
table inet lab
delete table inet lab
table inet lab {
  chain postrouting {
    type nat hook postrouting priority srcnat;
    ${ipv4?.isNated === true ? masquerade("ipv4") : ""}
    ${ipv6?.isNated === true ? masquerade("ipv6") : ""}
  }
  ${ipv6?.isOutboundOnly === true ? firewall : ""}
}
`;
}

/** Starts DHCP, router advertisements and DNS; resolves when they answer. */
export async function startServices(namespace: string, { ipv4, ipv6, dnsmasq }: RouterOffer): Promise<void> {
  const path = `${labDir}/${namespace}.conf`;
  const lines = [
    ...["user=root", `pid-file=${pidFile(namespace)}`, "no-hosts", "no-resolv", "interface=lan", "except-interface=lo"],
    `server=${internet.dns4}`,
    ...["log-dhcp", "log-queries=extra", `log-facility=${labDir}/${namespace}.log`],
    ...(ipv4 === null ? [] : dhcpLines(ipv4, `${labDir}/${namespace}.leases`)),
    ...(ipv6 === null ? [] : advertisementLines(ipv6)),
    ...dnsmasq,
  ];
  await writeFile(path, `${lines.join("\n")}\n`);
  await run(inNamespace(namespace, ["dnsmasq", `--conf-file=${path}`]));
}

/** Ends what `startServices` started; resolves when it is gone. */
export async function stopServices(namespace: string): Promise<void> {
  const pid = Number(await readFile(pidFile(namespace), "utf8"));
  process.kill(pid, "SIGTERM");
  while (isRunning(pid)) await delay(5);
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function pidFile(namespace: string): string {
  return `${labDir}/${namespace}.pid`;
}

/** Modes of dnsmasq(8), `--dhcp-range`. */
const addressRanges = {
  slaac: "::,constructor:lan,ra-only",
  stateless: "::,constructor:lan,ra-stateless",
  dhcpv6: "::1000,::1fff,constructor:lan",
  both: "::1000,::1fff,constructor:lan,slaac",
} as const satisfies Record<NonNullable<Ipv6Network["addressing"]>, string>;

function advertisementLines(network: Ipv6Network): string[] {
  const { addressing = "slaac", lifetimeSeconds, routerLifetimeSeconds, preference } = network;
  const lifetime = lifetimeSeconds === undefined ? "" : `,64,${lifetimeSeconds}s`;
  const isPlain = routerLifetimeSeconds === undefined && preference === undefined;
  const [seconds, priority] = [
    routerLifetimeSeconds ?? usualLifetimeSeconds,
    preference === undefined ? [] : [preference],
  ];
  const interval = Math.max(leastIntervalSeconds, Math.floor(seconds / 3));
  return [
    "enable-ra",
    `dhcp-range=${addressRanges[addressing]}${lifetime}`,
    ...(isPlain ? [] : [`ra-param=${["lan", ...priority, interval, seconds].join(",")}`]),
  ];
}

/** What dnsmasq takes unless told: AdvDefaultLifetime of RFC 4861 section 6.2.1, and the least MaxRtrAdvInterval there. */
const usualLifetimeSeconds = 1_800;
const leastIntervalSeconds = 4;

/** A server that is not authoritative leaves a stale lease's owner waiting. */
function dhcpLines({ pool, leaseSeconds, gateways, isSlow }: Ipv4Network, leaseFile: string): string[] {
  if (pool === null) return [];
  return [
    ...(isSlow === true ? [] : ["no-ping"]),
    ...["dhcp-authoritative", `dhcp-leasefile=${leaseFile}`],
    `dhcp-range=${pool.join(",")},${leaseSeconds}s`,
    ["dhcp-option=option:router", ...gateways].join(","),
  ];
}
