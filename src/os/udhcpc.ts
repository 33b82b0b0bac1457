import { fileURLToPath } from "node:url";
import type { DhcpClient } from "./dhcp-client.ts";

/** Stands next to the bundle, and next to this file in the source tree. */
const eventScript = fileURLToPath(new URL("udhcpc-event", import.meta.url));

/** The script's variables are its environment, in which nothing else may stand, and which is the same for every starter. */
const path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** RFC 3442 asks for 121 before 3; udhcpc sends them by number, and takes 121 first whatever the order. */
const requested = ["subnet", "router", "dns", "domain", "mtu", "search", "staticroutes"];

/**
 * udhcpc of busybox 1.30 or later. It tries every 2 s, longer than a server takes that pings an address before it offers
 * it (3 s), then pauses, as it does for 10 s after a DHCPDECLINE (RFC 2131 section 3.1); it probes the address, for 2 s, only
 * where that is wanted. What a lease gives is configured by our script.
 */
export const udhcpc: DhcpClient = {
  command: ({ iface, clientId, hostname, checksAddress }, { eventsIn, isProbe }) => [
    ...["env", "-i", `PATH=${path}`, `zos_boot_events=${eventsIn}`],
    ...["udhcpc", "-f", "-i", iface, "-s", eventScript, "-t", "4", "-T", "2", "-A", "10", ...(isProbe ? ["-R"] : [])],
    ...["-x", `0x3d:${clientId.replaceAll(":", "")}`, "-x", `hostname:${hostname}`],
    ...(checksAddress === true ? ["-a2000"] : []),
    ...["-o", ...requested.flatMap((option) => ["-O", option])],
  ],
  releaseSignal: "SIGTERM", // With -R; SIGUSR2 alone releases too, but leaves the process.
  isClient: (title) => /^(\S*\/)?udhcpc /.test(title),
  files: () => [],
};
