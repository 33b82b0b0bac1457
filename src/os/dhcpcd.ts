import { fileURLToPath } from "node:url";
import type { DhcpClient } from "./dhcp-client.ts";

/** Stands next to the bundle, and next to this file in the source tree. */
const eventScript = fileURLToPath(new URL("dhcp-event", import.meta.url));

const requested = ["classless_static_routes", "domain_name_servers", "domain_name", "domain_search", "interface_mtu"];

/**
 * dhcpcd 9.4 or later. It probes the address only where that is wanted (RFC 5227 takes 5 s), and invents none (169.254/16). Its own hooks, which
 * would write resolv.conf, are replaced by our script.
 */
export const dhcpcd: DhcpClient = {
  command: ({ iface, clientId, hostname, checksAddress }, { eventsIn }) => [
    ...["dhcpcd", "--ipv4only", "--nobackground", "--config", "/dev/null", "--script", eventScript],
    ...["--env", `zos_boot_events=${eventsIn}`, `--clientid=${clientId}`, `--hostname=${hostname}`],
    ...["--nodelay", "--noipv4ll", "--persistent", "--option", requested.join(",")],
    ...(checksAddress === true ? [] : ["--noarp"]),
    iface,
  ],
  releaseSignal: "SIGALRM", // dhcpcd(8)
  isClient: (title) => /^(\S*\/)?dhcpcd:? /.test(title), // It shows its interface in its title.
  files: (iface) => {
    const running = ["pid", "sock", "unpriv.sock"].map((ending) => `/run/dhcpcd/${iface}-4.${ending}`);
    return [`/var/lib/dhcpcd/${iface}.lease`, ...running];
  },
};
