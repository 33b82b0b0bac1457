import type { ExitPlan, Family } from "../src/contract.ts";
import type { Effects, Supervisor } from "../src/ports.ts";
import { BootError } from "../src/errors.ts";
import { ipBatch, type Link, type Place, readLinks, readNamespaces, routingRulesIn } from "../src/os/ip.ts";
import { exclusively, type Lock, locks } from "../src/os/locks.ts";
import { rememberedNics } from "../src/os/nic-backup.ts";
import { readNicState } from "../src/os/nic-state.ts";
import { hasKernelIpv6, setAndReadLinks, setSysctls, setSysctlsAndReadRules } from "../src/os/sysctl.ts";
import { isResourcePort, names } from "../src/policy/names.ts";
import {
  type NdmzLink,
  type NdmzPlan,
  ndmzLinks,
  ndmzSysctls,
  type PlacedLink,
  planNdmz,
  portLines,
  resourceSide,
} from "../src/policy/ndmz-plan.ts";
import { ruleChanges } from "../src/policy/routing-rules.ts";
import { forwarding6Off, ipv6Off, ndmzDefaults } from "../src/policy/sysctls.ts";
import { bindPorts } from "./bind-ports.ts";
import { putUnderBridge } from "./ensure-bridge.ts";

/**
 * The namespace ndmz exists: a router with one side towards network resources (`tonrs` on `br-ndmz`) and one outward
 * interface for each family, on `zos` or on the bridge of the exit NIC. What is right already keeps its addresses.
 *
 * @throws BootError `link-gone` without a parent, `foreign`, `not-verified`, `busy` when another process does not let go
 */
export const ensureNdmz =
  (supervisor: Supervisor): Effects["ensureNdmz"] =>
  ({ identity, exit, isForGood = false }, { signal }) =>
    exclusively([...locksOfExit(exit), locks.ndmz], signal, async () => {
      const node = { namespace: null, signal };
      const ndmz = { namespace: names.ndmz, signal };
      const wanted = ndmzLinks(identity, exit);
      if (exit.exitNic !== null) await ensureExit(exit.exitNic, ndmz);
      const isThere = (await readNamespaces()).includes(names.ndmz);
      const [onNode, inside] = await Promise.all([readLinks(node), isThere ? readLinks(ndmz) : []]);
      const bridge = resourceBridge(onNode);
      // With its number, the kernel's monitor knows it at once.
      const namespace = isThere ? [] : [`netns add ${names.ndmz}`, `netns set ${names.ndmz} auto`];
      await Promise.all([
        ipBatch(node, [...namespace, ...bridge.create]),
        bindPorts(onNode.map(({ ifname }) => ifname).filter(isResourcePort), signal), // Before the bridge connects anything.
      ]);
      await setSysctls(ipv6Off(names.ndmzBridge));
      const plan = planNdmz(wanted, onNode, inside); // What hung on a bridge that was gone went with it.
      // What dhcpcd would notice, udhcpc does not: that its interface is another one, of the same name.
      if (!isThere || isCreated(plan, names.npub4))
        await supervisor.remove({ service: names.ndmzClient, iface: names.npub4, namespace: names.ndmz });
      await ipBatch(ndmz, plan.remove);
      // While it forwards, the kernel uses no optimistic addresses (RFC 4429): `nat` has it forward again.
      const isAnew = isThere && isCreated(plan, names.npub6);
      const rules = await ensureDefaults(ndmz, { ...ndmzDefaults, ...(isAnew ? forwarding6Off : {}) });
      await ipBatch(node, [...bridge.connect, ...plan.create]);
      const hasIpv6 = await hasKernelIpv6();
      const lines = [
        ...plan.adjust,
        ...["lo", ...wanted.map((link) => link.name)].map((name) => `link set dev ${name} up`),
        ...resourceSide.addresses
          .filter((address) => hasIpv6 || !address.includes(":"))
          .map((address) => `addr replace ${address} dev ${names.toResources}${address.includes(":") ? " nodad" : ""}`),
        ...resourceSide.routes
          .filter((route) => hasIpv6 || !route.includes(":"))
          .map((route) => `route replace ${route} dev ${names.toResources}`),
      ];
      const after = await setAndReadLinks(ndmz, { sysctls: ndmzSysctls, rules, lines });
      const [missing] = planNdmz(wanted, await parentsOf(wanted), after).create;
      if (missing !== undefined) throw new BootError("not-verified", `ndmz did not take: ip ${missing}`);
      if (exit.exitNic === null && isForGood) await freeFormerExit(onNode, node);
      return { namespace: names.ndmz };
    });

function isCreated({ create }: NdmzPlan, name: string): boolean {
  return create.some((line) => line.includes(` name ${name} `));
}

/** Sets what holds for each link; tells what must be done for the routing rules, lines for `ip -batch`. */
async function ensureDefaults(
  { namespace, signal }: Place & { namespace: string },
  defaults: Readonly<Record<string, number>>,
): Promise<Record<Family, string[]>> {
  const found = await setSysctlsAndReadRules(namespace, Object.entries(defaults), signal);
  const hasIpv6 = await hasKernelIpv6();
  return {
    v4: ruleChanges("v4", routingRulesIn(found.v4)),
    v6: hasIpv6 ? ruleChanges("v6", routingRulesIn(found.v6)) : [],
  };
}

/** What is changed for the exit beside ndmz itself. */
function locksOfExit({ exitNic }: ExitPlan): Lock[] {
  return exitNic === null ? [] : [locks.nic(exitNic), locks.bridge(names.publicBridge)];
}

/** The node's links on which those of ndmz hang, as they are now; sysfs costs no process. */
async function parentsOf(wanted: NdmzLink[]): Promise<PlacedLink[]> {
  const parents = [...new Set(wanted.map(({ parent }) => parent))];
  const states = await Promise.all(parents.map(async (ifname) => ({ ifname, state: await readNicState(ifname) })));
  return states.flatMap(({ ifname, state }) =>
    state === null ? [] : [{ ifname, ifindex: state.index, mtu: state.mtuBytes }],
  );
}

/** The exit's NIC is the only one of its bridge; what another NIC's network gave npub4 and npub6 there goes with that NIC. */
async function ensureExit(nic: string, ndmz: Place): Promise<void> {
  const { signal } = ndmz;
  const before = await readLinks({ namespace: null, signal });
  await putUnderBridge(names.publicBridge, { nic, mtuBytes: null }, signal);
  const bridge = before.find(({ ifname }) => ifname === names.publicBridge);
  const port = before.find(({ ifname }) => ifname === nic);
  if (bridge === undefined || port?.master === names.publicBridge) return;
  if (!(await readNamespaces()).includes(names.ndmz)) return;
  const stale = (await readLinks(ndmz)).filter(({ link_index }) => link_index === bridge.ifindex);
  await ipBatch(
    ndmz,
    stale.map(({ ifname }) => `link del dev ${ifname}`),
  );
}

/** A NIC that was the exit is none of ours any more, once ndmz leaves through the uplink's bridge. */
async function freeFormerExit(links: Link[], node: Place): Promise<void> {
  const ports = links.filter(({ master, ifname }) => master === names.publicBridge && !isResourcePort(ifname));
  if (ports.length === 0) return;
  const own = await rememberedNics();
  const former = ports.filter(({ ifname }) => own.includes(ifname));
  await ipBatch(
    node,
    former.map(({ ifname }) => `link set dev ${ifname} nomaster`),
  );
}

/**
 * What must be done for the bridge of the network resources to exist, without the node in it, with the ports of all that are
 * attached: lines for `ip -batch`.
 *
 * @throws BootError `foreign`
 */
function resourceBridge(links: Link[]): { create: string[]; connect: string[] } {
  const { ndmzBridge } = names;
  const found = links.find((link) => link.ifname === ndmzBridge);
  if (found !== undefined && found.linkinfo?.info_kind !== "bridge") {
    throw new BootError("foreign", `a link named ${ndmzBridge} exists and is no bridge`);
  }
  const astray = links.filter(({ ifname, master }) => isResourcePort(ifname) && master !== ndmzBridge);
  return {
    create:
      found === undefined
        ? [`link add name ${ndmzBridge} address ${resourceSide.bridgeMac} type bridge stp_state 0`]
        : [],
    connect: [`link set dev ${ndmzBridge} arp off up`, ...astray.flatMap(({ ifname }) => portLines(ifname))],
  };
}
