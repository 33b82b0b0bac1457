import { BootError } from "../src/errors.ts";
import { ipBatch, readAddresses, readLink, readLinks, readNamespaces, type Link } from "../src/os/ip.ts";
import { exclusively, locks } from "../src/os/locks.ts";
import { hasKernelIpv6, setSysctlsIn } from "../src/os/sysctl.ts";
import type { Effect } from "../src/ports.ts";
import { bindPorts } from "./bind-ports.ts";
import { checkedNamespace, isResourcePort, names, resourcePort } from "../src/policy/names.ts";
import { portLines, resourceSide } from "../src/policy/ndmz-plan.ts";
import { ipv6On } from "../src/policy/sysctls.ts";
import { addressesOfResource, freeIndex, macOfResource } from "../src/policy/resource-address.ts";

/** What a network resource got: its interface `public`, with addresses and prefix lengths. */
export interface Attachment {
  namespace: string;
  iface: string;
  addresses: string[];
}

/**
 * Attaches a network resource (a namespace of the node) to ndmz: it gets the interface `public` with its addresses and
 * default routes through ndmz. Its port of `br-ndmz` is isolated and bound to what is its own, so that resources of different
 * users neither see each other nor get what is for others. Attaching it again changes nothing.
 *
 * @throws BootError `namespace-gone` without the namespace or ndmz, `foreign` when the namespace has an interface `public`
 *   or a default route of its own, `busy` when another process does not let go of ndmz
 */
export const attachResource: Effect<{ namespace: string }, Attachment> = ({ namespace }, { signal }) =>
  exclusively(locks.ndmz, signal, async () => {
    const node = { namespace: null, signal };
    const inside = { namespace: checkedNamespace(namespace), signal };
    const links = await readLinks(node);
    await checkPlaces(namespace, links);
    const known = links.find((link) => isPortOf(link, namespace));
    const index =
      known === undefined
        ? freeIndex(
            namespace,
            links.map((link) => link.ifname),
          )
        : indexOf(known);
    const hasIpv6 = await hasKernelIpv6();
    const addresses = addressesOfResource(index).filter((each) => hasIpv6 || !each.includes(":"));
    const port = resourcePort(index);
    if (known === undefined) {
      await checkUntouched(namespace, signal);
      const mtu = await outwardMtu(signal);
      await ipBatch(node, [
        `link add name ${port} mtu ${mtu} type veth peer name ${names.resource} mtu ${mtu} netns ${namespace}`,
        `link set dev ${port} alias ${aliasOf(namespace)}`,
      ]);
    }
    await bindPorts([...new Set([...portsAmong(links), port])], signal);
    await ipBatch(node, portLines(port));
    await setSysctlsIn(namespace, Object.entries(ipv6On(names.resource)), signal);
    await ipBatch(inside, [
      `link set dev lo up`,
      `link set dev ${names.resource} address ${macOfResource(index)}`,
      ...addresses.map((each) => `addr replace ${each} dev ${names.resource}${each.includes(":") ? " nodad" : ""}`),
      `link set dev ${names.resource} up`,
      `route replace 0.0.0.0/0 via ${resourceSide.gateway4} dev ${names.resource}`,
      ...(hasIpv6 ? [`route replace ::/0 via ${resourceSide.gateway6} dev ${names.resource}`] : []),
    ]);
    return { namespace, iface: names.resource, addresses };
  });

/**
 * Detaches a network resource from ndmz; the namespace itself stays. Tells whether it was attached.
 *
 * @throws BootError `busy` when another process does not let go of ndmz
 */
export const detachResource: Effect<{ namespace: string }, { wasAttached: boolean }> = ({ namespace }, { signal }) =>
  exclusively(locks.ndmz, signal, async () => {
    const node = { namespace: null, signal };
    const links = await readLinks(node);
    const ports = links.filter((link) => isPortOf(link, checkedNamespace(namespace)));
    await ipBatch(
      node,
      ports.map((link) => `link del dev ${link.ifname}`),
    );
    if (ports.length > 0) await bindPorts(portsAmong(links.filter((link) => !ports.includes(link))), signal);
    return { wasAttached: ports.length > 0 };
  });

/** The MTU that fits through both of ndmz's outward interfaces. */
async function outwardMtu(signal: AbortSignal): Promise<number> {
  const links = await readLinks({ namespace: names.ndmz, signal });
  const outward = links.filter(({ ifname }) => ifname === names.npub4 || ifname === names.npub6);
  if (outward.length === 0)
    throw new BootError("namespace-gone", "ndmz has no outward interface yet: see zos-boot status");
  return Math.min(...outward.map((link) => link.mtu));
}

function portsAmong(links: Link[]): string[] {
  return links.map(({ ifname }) => ifname).filter(isResourcePort);
}

function aliasOf(namespace: string): string {
  return `resource:${namespace}`;
}

function isPortOf(link: Link, namespace: string): boolean {
  return isResourcePort(link.ifname) && link.ifalias === aliasOf(namespace);
}

function indexOf(link: Link): number {
  return Number(/\d+$/.exec(link.ifname)?.[0]);
}

async function checkPlaces(namespace: string, links: Link[]): Promise<void> {
  const namespaces = await readNamespaces();
  if (!namespaces.includes(namespace)) throw new BootError("namespace-gone", `there is no namespace ${namespace}`);
  if (namespace === names.ndmz) throw new BootError("bad-input", "ndmz cannot be attached to itself");
  if (!namespaces.includes(names.ndmz) || !links.some((link) => link.ifname === names.ndmzBridge)) {
    throw new BootError("namespace-gone", "this node has no ndmz yet: see zos-boot status");
  }
}

async function checkUntouched(namespace: string, signal: AbortSignal): Promise<void> {
  const inside = { namespace, signal };
  if ((await readLink(inside, names.resource)) !== null) {
    throw new BootError("foreign", `namespace ${namespace} has an interface ${names.resource} that is not ours`);
  }
  for (const { ifname } of await readLinks(inside)) {
    const { gateways4, gateways6 } = await readAddresses(inside, ifname);
    if (gateways4.length + gateways6.length > 0) {
      throw new BootError("foreign", `namespace ${namespace} has a default route through ${ifname} already`);
    }
  }
}
