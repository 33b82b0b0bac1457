import type { Layout } from "../layouts/layout.ts";
import { ipBatch, setSysctls } from "./namespaces.ts";
import { type Cable, switchOf } from "./nic-cables.ts";

/** A host with its place in the farm. */
interface HostPlan {
  namespace: string;
  segment: string;
  port: string;
  addresses: readonly string[];
  mac: string | undefined;
}

/** The namespace that is a host. */
export function hostNamespace(name: string): string {
  return `host-${name}`;
}

/** The hosts of a layout, in the order of its segments. */
export function hostsOf({ segments }: Pick<Layout, "segments">): HostPlan[] {
  const all = segments.flatMap(({ name, hosts = [] }) => hosts.map((host) => ({ segment: name, host })));
  return all.map(({ segment, host }, index) => ({
    namespace: hostNamespace(host.name),
    segment,
    port: `host${index}`,
    addresses: host.addresses,
    mac: host.mac,
  }));
}

/** The cables from hosts to their switches. */
export function hostCables(layout: Pick<Layout, "segments">): Cable[] {
  return hostsOf(layout).map(({ namespace, segment, port, mac }) => ({
    end: `${port} netns ${switchOf(segment)}`,
    peer: `lan${mac === undefined ? "" : ` address ${mac}`} netns ${namespace}`,
  }));
}

/** Gives hosts their addresses, and plugs them in. */
export async function connectHosts(layout: Pick<Layout, "segments">): Promise<void> {
  await Promise.all(
    hostsOf(layout).map(async ({ namespace, segment, port, addresses }) => {
      await setSysctls(namespace, ["net.ipv6.conf.all.accept_dad=0", "net.ipv6.conf.lan.accept_dad=0"]);
      await ipBatch(namespace, ["link set lo up", ...addresses.map((each) => `addr add ${each} dev lan`)]);
      await ipBatch(namespace, ["link set lan up"]);
      await ipBatch(switchOf(segment), [`link set ${port} master switch up`]);
    }),
  );
}
