import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import type { DhcpProgram, LeaseClient, DhcpChoice } from "../contract.ts";
import { type EventVariables, parseEvent } from "../policy/lease.ts";
import { names } from "../policy/names.ts";
import { dhcpcd } from "./dhcpcd.ts";
import { readText, remove, writeAtomically } from "./files.ts";
import { commandIn } from "./ip.ts";
import { readKeptJson } from "./kept-json.ts";
import type { WatchedFile } from "./monitor.ts";
import { isInstalled, toolMissing } from "./tools.ts";
import { udhcpc } from "./udhcpc.ts";

/**
 * What the program must know of a DHCPv4 client. Each is started alike for a probe and for a lease, stays in the foreground,
 * leaves address and routes in place when it ends, writes no resolv.conf, and hands its events to a script of ours.
 */
export interface DhcpClient {
  /**
   * @param eventsIn the directory for its events
   * @param isProbe whether its release signal must tell the server that the lease is free
   */
  command: (client: LeaseClient, options: { eventsIn: string; isProbe: boolean }) => string[];
  /** Ends a probe's client so that the server learns that the lease is free. */
  releaseSignal: NodeJS.Signals;
  /** Whether a process of this title is this client, on whatever interface. */
  isClient: (title: string) => boolean;
  /** What it keeps of an interface, beside its events. */
  files: (iface: string) => string[];
}

/** In the order in which they are preferred. */
const clients: Record<DhcpProgram, DhcpClient> = { dhcpcd, udhcpc };

/**
 * The DHCP client that is meant: the one that the configuration names, or the first that is installed.
 *
 * @throws BootError `tool-missing`
 */
export async function findDhcpProgram(choice: DhcpChoice): Promise<DhcpProgram> {
  const programs = choice === "auto" ? (Object.keys(clients) as DhcpProgram[]) : [choice];
  for (const program of programs) if (await isInstalled(program)) return program;
  throw toolMissing({ anyOf: programs });
}

/** The command line of a DHCP client that stays in the foreground, for whoever keeps it alive. */
export function clientCommand(client: LeaseClient, { isProbe = false } = {}): string[] {
  const options = { eventsIn: eventDirectory(client.service), isProbe };
  return commandIn(client.namespace, ...clients[client.program].command(client, options));
}

/** Whether a process of this title is a DHCP client, or a helper of one, whichever program it is. */
export function isDhcpClient(title: string): boolean {
  return Object.values(clients).some(({ isClient }) => isClient(title));
}

/** Whether it is one for the interface. */
export function isClientOf(iface: string, title: string): boolean {
  return isDhcpClient(title) && title.split(" ").includes(iface);
}

/** The signal by which a process in a probe's namespace ends, and gives its lease back if it has one. */
export function releaseSignalFor(title: string): NodeJS.Signals {
  return Object.values(clients).find(({ isClient }) => isClient(title))?.releaseSignal ?? "SIGTERM";
}

/** What DHCP clients keep of an interface. */
export function clientFiles(iface: string): string[] {
  return Object.values(clients).flatMap(({ files }) => files(iface));
}

const keptFile = "client.json";
const keptSchema = v.object({
  service: v.string(),
  iface: v.string(),
  namespace: v.nullable(v.string()),
  clientId: v.string(),
  hostname: v.string(),
  checksAddress: v.exactOptional(v.literal(true)),
});

/** Where the events of a client are kept. */
export function eventDirectory(service: string): string {
  return join(names.runDir, "dhcp", service);
}

/** What a client last told, or null when it has told nothing yet. */
export async function lastEvent(service: string): Promise<EventVariables | null> {
  const text = await readText(join(eventDirectory(service), "event"));
  return text === null ? null : parseEvent(text);
}

/** A DHCP client, whichever program it is. */
export type KeptClient = Omit<LeaseClient, "program">;

/** Keeps what a service's client is, for later runs of it and for a program that adopts what this one leaves. */
export async function keepClient(client: KeptClient): Promise<void> {
  await writeAtomically(join(makeEventDirectory(client.service), keptFile), `${JSON.stringify(client)}\n`);
}

/** What a service's client was last; null when that was never kept. */
export function keptClient(service: string): Promise<KeptClient | null> {
  return readKeptJson(join(eventDirectory(service), keptFile), keptSchema);
}

/** Forgets what services' clients were: in another network they are others. */
export async function forgetClients(...services: string[]): Promise<void> {
  await remove(...services.map((service) => join(eventDirectory(service), keptFile)));
}

/** Forgets a client's earlier events and makes the directory for new ones, in memory and at once: a client waits for it. */
export function prepareEvents(service: string): void {
  rmSync(join(makeEventDirectory(service), "event"), { force: true });
}

function makeEventDirectory(service: string): string {
  const directory = eventDirectory(service);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  return directory;
}

/** The file in which a client's last event is, for a monitor; its directory exists. */
export function watchedEvents(service: string): WatchedFile {
  return { directory: makeEventDirectory(service), file: "event" };
}
