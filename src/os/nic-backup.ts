import { join } from "node:path";
import * as v from "valibot";
import { BootError, messageOf } from "../errors.ts";
import { clearLines, isAutoconfigured, lastingOf, missingAddresses, missingRoutes } from "../policy/nic-config.ts";
import { names } from "../policy/names.ts";
import { answersForItself, autoconfiguredAgain, ipv6Off, ownDuplicates } from "../policy/sysctls.ts";
import { readdir, readFile } from "./sync-fs.ts";
import { exists, readText, remove, writeOnce } from "./files.ts";
import { type Link, parseJson } from "./ip.ts";
import { changeTogether } from "./coalesced-ip.ts";
import { unguardDhcp } from "./dhcp-guard.ts";
import { readNicState } from "./nic-state.ts";
import { addressSchema, readLinksAndNicConfigs, readNicConfigs, routeSchema, type StandingNic } from "./nic-config.ts";
import { checkHeld, exclusively, locks } from "./locks.ts";
import { readSysctlsOf, setSysctls, tryToSetSysctls } from "./sysctl.ts";
import { setTimeout as delay } from "node:timers/promises";

/** Directories of others in which something of ours lies: they go when nothing else is in them. */
export const sharedDirectories = ["/run/dhcpcd", "/etc/netns"];

const directory = join(names.runDir, "original");
const nicFile = (nic: string) => join(directory, `nic-${nic}.json`);
const resolverFile = join(directory, "resolver.json");

const resolverSchema = v.object({ text: v.nullable(v.string()) });
const nicSchema = v.object({
  /** By this a NIC is known again: another may have its name by now. */
  mac: v.nullable(v.string()),
  isUp: v.boolean(),
  mtuBytes: v.number(),
  sysctls: v.record(v.string(), v.number()),
  addresses: v.array(addressSchema),
  routes: v.array(routeSchema),
  /** Seconds since the node started: lifetimes go on meanwhile. */
  takenAtS: v.number(),
});

/** How a NIC was before the first change. */
type Original = v.InferOutput<typeof nicSchema> & { nic: string };

/**
 * Makes a NIC ours: keeps how it is before the first change, for `restoreNics`, and takes off it what would draw the
 * node's traffic to it, addresses and routes of both families, and answers for addresses that are elsewhere. What was kept before
 * stays. Under the NIC's lock. Tells the node's links, which it leaves as they are.
 */
export async function takeNic(nic: string, signal: AbortSignal): Promise<Link[]> {
  checkHeld(locks.nic(nic));
  const { links, configs } = await readLinksAndNicConfigs();
  const standing = configs.get(nic);
  if (!(await exists(nicFile(nic)))) await rememberNic(nic, standing);
  await setSysctls({ ...ipv6Off(nic), ...answersForItself(nic) });
  const lines = standing === undefined ? [] : clearLines(nic, standing);
  if (lines.length > 0) await changeTogether(lines, signal);
  return links;
}

async function rememberNic(nic: string, standing: StandingNic | undefined): Promise<void> {
  const state = await readNicState(nic);
  const original = {
    mac: standing?.mac ?? null,
    mtuBytes: state?.mtuBytes ?? 1_500,
    isUp: state?.isUp ?? false,
    sysctls: await readSysctlsOf(nic),
    addresses: standing?.addresses ?? [],
    routes: standing?.routes ?? [],
    takenAtS: await uptimeS(),
  } satisfies v.InferOutput<typeof nicSchema>;
  await writeOnce(nicFile(nic), JSON.stringify(original));
}

/** Seconds since the node started, sleep included (proc_uptime(5)). */
async function uptimeS(): Promise<number> {
  return Math.floor(Number((await readFile("/proc/uptime")).split(" ")[0]));
}

/** The NICs of which the state before the first change is kept. */
export async function rememberedNics(): Promise<string[]> {
  const files = await readdir(directory).catch(() => []);
  return files.flatMap((file) => /^nic-(.+)\.json$/.exec(file)?.[1] ?? []);
}

/**
 * Gives NICs the state that they had before the first change, and forgets it. A NIC that is gone, or another than it was,
 * is skipped. All links come before all routes, for a route may leave through several.
 *
 * @returns what could not be put back, a sentence each; the NIC's state is kept then
 */
export async function restoreNics(nics: string[], signal: AbortSignal): Promise<string[]> {
  const unreadable: string[] = [];
  const read = await Promise.all(
    nics.map((nic) => readOriginal(nic).catch((error: unknown) => void unreadable.push(`${nic}: ${messageOf(error)}`))),
  );
  const originals = read.filter((original) => original != null);
  const failures = new Map<string, string>();
  const tryOn = (each: Original, restore: (original: Original, signal: AbortSignal) => Promise<void>) =>
    exclusively(locks.nic(each.nic), signal, () => restore(each, signal)).catch((error: unknown) => {
      failures.set(each.nic, `${each.nic}: ${messageOf(error)}`);
    });
  await Promise.all(originals.map((original) => tryOn(original, restoreLink)));
  await Promise.all([unguardDhcp(nics, signal), ...originals.map((original) => tryOn(original, restoreRoutes))]);
  const isKept = (nic: string) => failures.has(nic) || unreadable.some((each) => each.startsWith(`${nic}: `));
  await remove(...nics.filter((nic) => !isKept(nic)).map(nicFile));
  return [...unreadable, ...failures.values()];
}

/** Null when nothing is kept, or the NIC is no longer there. */
async function readOriginal(nic: string): Promise<Original | null> {
  const kept = await readText(nicFile(nic));
  if (kept === null) return null;
  const original = parseJson(nicSchema, kept, nicFile(nic));
  const standing = (await readNicConfigs()).get(nic);
  return standing === undefined || standing.mac !== original.mac ? null : { nic, ...original };
}

async function restoreLink(original: Original, signal: AbortSignal): Promise<void> {
  const { nic, isUp, mtuBytes, sysctls } = original;
  await changeTogether([`link set dev ${nic} mtu ${mtuBytes} ${isUp ? "up" : "down"}`], signal);
  const isIpv6On = sysctls[`net/ipv6/conf/${nic}/disable_ipv6`] === 0;
  if (isIpv6On) await setSysctls(ownDuplicates(nic));
  await tryToSetSysctls(autoconfiguredAgain(nic, sysctls));
  const wanted = await lastingNow(original);
  const missing = async () => missingAddresses(nic, wanted, await standingOf(nic));
  await addMissing(missing, signal);
  if (!isIpv6On) return;
  if (wanted.addresses.some(({ family }) => family === "inet6")) await untilUsable(nic);
  await tryToSetSysctls(sysctls);
}

async function restoreRoutes(original: Original, signal: AbortSignal): Promise<void> {
  const wanted = await lastingNow(original);
  if (original.isUp) await addMissing(async () => missingRoutes(wanted, await standingOf(original.nic)), signal);
}

async function standingOf(nic: string): Promise<StandingNic> {
  const none = { mac: null, hasCarrier: false, addresses: [], routes: [], linksAbove: [] };
  return (await readNicConfigs()).get(nic) ?? none;
}

async function lastingNow({ takenAtS, nic, sysctls, ...config }: Original) {
  const passedS = (await uptimeS()) - takenAtS;
  return lastingOf(config, { isByKernel: isAutoconfigured(nic, sysctls), passedS });
}

/** Adds what is missing, each by itself, and reads back; throws the command that did not take. */
async function addMissing(plan: () => Promise<string[]>, signal: AbortSignal): Promise<void> {
  const lines = await plan();
  if (lines.length === 0) return;
  const tried = await Promise.allSettled(lines.map((line) => changeTogether([line], signal)));
  const left = await plan();
  if (left.length === 0) return;
  const refused = tried.flatMap((each) => (each.status === "rejected" ? [messageOf(each.reason)] : []));
  throw new BootError("not-verified", refused.length > 0 ? refused.join("; ") : `ip ${left[0] ?? ""} did not take`);
}

const usableMs = 1_000;

/** Routes may name a source address only when that is no longer tentative; without carrier it stays so. */
async function untilUsable(nic: string): Promise<void> {
  const deadline = performance.now() + usableMs;
  for (;;) {
    const { addresses, hasCarrier } = await standingOf(nic);
    const isWaiting = hasCarrier && addresses.some(({ tentative, nodad }) => tentative === true && nodad !== true);
    if (!isWaiting || performance.now() > deadline) return;
    await delay(10);
  }
}

/** Keeps the text of the node's resolv.conf before the first change; null when there was no such file. */
export async function rememberResolver(text: string | null): Promise<void> {
  await writeOnce(resolverFile, JSON.stringify({ text } satisfies v.InferOutput<typeof resolverSchema>));
}

/** The resolv.conf before the first change; null when it was never changed. */
export async function originalResolver(): Promise<{ text: string | null } | null> {
  const kept = await readText(resolverFile);
  return kept === null ? null : parseJson(resolverSchema, kept, resolverFile);
}
