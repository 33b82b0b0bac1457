import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { LeaseClient } from "../contract.ts";
import { names } from "../policy/names.ts";
import { readText } from "./files.ts";
import type { WatchedFile } from "./monitor.ts";
import { type EventVariables, parseEvent } from "../policy/lease.ts";

/** Stands next to the bundle, and next to this file in the source tree. */
const eventScript = fileURLToPath(new URL("dhcp-event", import.meta.url));

/** Where the events of a client are kept. */
export function eventDirectory(service: string): string {
  return join(names.runDir, "dhcp", service);
}

/**
 * The command line of a DHCPv4 client that stays in the foreground (dhcpcd 9.4 or later).
 *
 * It neither probes the address (RFC 5227 takes 5 s) nor invents one (169.254/16), and leaves address and routes in place
 * when it ends, so that a restart of the client interrupts no traffic.
 */
export function dhcpcdCommand({ service, iface, namespace, clientId, hostname }: LeaseClient): string[] {
  const inside = namespace === null ? [] : ["ip", "netns", "exec", namespace];
  const options = ["classless_static_routes", "domain_name_servers", "domain_name", "domain_search", "interface_mtu"];
  return [
    ...inside,
    ...["dhcpcd", "--ipv4only", "--nobackground", "--config", "/dev/null", "--script", eventScript],
    ...["--env", `zos_boot_events=${eventDirectory(service)}`, `--clientid=${clientId}`, `--hostname=${hostname}`],
    ...["--nodelay", "--noarp", "--noipv4ll", "--persistent", "--option", options.join(",")],
    iface,
  ];
}

/** What dhcpcd keeps of an interface: its lease, and what lets others talk to a client that runs. */
export function clientFiles(iface: string): string[] {
  const running = ["pid", "sock", "unpriv.sock"].map((ending) => `/run/dhcpcd/${iface}-4.${ending}`);
  return [`/var/lib/dhcpcd/${iface}.lease`, ...running];
}

/** What a client last told, or null when it has told nothing yet. */
export async function lastEvent(service: string): Promise<EventVariables | null> {
  const text = await readText(join(eventDirectory(service), "event"));
  return text === null ? null : parseEvent(text);
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
