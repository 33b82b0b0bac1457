import { join } from "node:path";
import * as v from "valibot";
import { names } from "../policy/names.ts";
import { readdir } from "./at-once.ts";
import { readText, remove, writeOnce } from "./files.ts";
import { ip, parseJson, readLink } from "./ip.ts";
import { readNicState } from "./nic.ts";
import { readSysctl, setSysctls } from "./sysctl.ts";

/** Directories of others in which something of ours lies: they go when nothing else is in them. */
export const sharedDirectories = ["/run/dhcpcd", "/etc/netns"];

const directory = join(names.runDir, "original");
const nicFile = (nic: string) => join(directory, `nic-${nic}.json`);
const resolverFile = join(directory, "resolver.json");

const resolverSchema = v.object({ text: v.nullable(v.string()) });
const nicSchema = v.object({ isUp: v.boolean(), mtuBytes: v.number(), disableIpv6: v.nullable(v.number()) });

/** Keeps how a NIC was before the first change, for `restoreNics`; what was kept before stays. */
export async function rememberNic(nic: string): Promise<void> {
  const state = await readNicState(nic);
  const disableIpv6 = await readSysctl(`net/ipv6/conf/${nic}/disable_ipv6`);
  const original = {
    mtuBytes: state?.mtuBytes ?? 1_500,
    isUp: state?.isUp ?? false,
    disableIpv6: disableIpv6 === null ? null : Number(disableIpv6),
  } satisfies v.InferOutput<typeof nicSchema>;
  await writeOnce(nicFile(nic), JSON.stringify(original));
}

/** The NICs of which the state before the first change is kept. */
export async function rememberedNics(): Promise<string[]> {
  const files = await readdir(directory).catch(() => []);
  return files.flatMap((file) => /^nic-(.+)\.json$/.exec(file)?.[1] ?? []);
}

/** Gives NICs the state that they had before the first change, and forgets it; a NIC that is gone is skipped. */
export async function restoreNics(nics: string[], signal: AbortSignal): Promise<void> {
  await Promise.all(nics.map((nic) => restoreNic(nic, signal)));
  await remove(...nics.map(nicFile));
}

async function restoreNic(nic: string, signal: AbortSignal): Promise<void> {
  const place = { namespace: null, signal };
  const text = await readText(nicFile(nic));
  if (text === null || (await readLink(place, nic)) === null) return;
  const { isUp, mtuBytes, disableIpv6 } = parseJson(nicSchema, text, nicFile(nic));
  await ip(place, "link", "set", "dev", nic, "mtu", String(mtuBytes));
  if (!isUp) await ip(place, "link", "set", "dev", nic, "down");
  if (disableIpv6 !== null) await setSysctls({ [`net/ipv6/conf/${nic}/disable_ipv6`]: disableIpv6 });
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
