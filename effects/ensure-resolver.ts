import type { Effects } from "../src/ports.ts";
import { lastEvent } from "../src/os/dhcp-client.ts";
import { readText, writeAtomically } from "../src/os/files.ts";
import type { WatchedFile } from "../src/os/monitor.ts";
import { rememberResolver } from "../src/os/nic-backup.ts";
import { leaseOf } from "../src/policy/lease.ts";
import { names } from "../src/policy/names.ts";
import { resolverText } from "../src/policy/resolver.ts";

/** resolv.conf(5). */
export const resolverFile: WatchedFile = { directory: "/etc", file: "resolv.conf" };
const path = `${resolverFile.directory}/${resolverFile.file}`;

/** The node's resolv.conf names the DNS servers of zos's lease and of its routers; without any it is left alone. */
export const ensureResolver: Effects["ensureResolver"] = async ({ advertisedDns }) => {
  const event = await lastEvent(names.uplinkClient);
  const lease = event && leaseOf(event);
  const dnsServers = [...(lease?.dnsServers ?? []), ...advertisedDns];
  const wanted = resolverText({ dnsServers, searchList: lease?.searchList ?? [] });
  const found = await readText(path);
  if (dnsServers.length > 0 && found !== wanted) {
    await rememberResolver(found);
    await writeAtomically(path, wanted);
  }
  return { dnsServers };
};
