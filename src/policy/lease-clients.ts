import type { ExitPlan, Identity, LeaseClient, NodeFacts, ServiceState, SupervisorKind, Uplink } from "../contract.ts";
import { clientIdOf, clientIdOfMac } from "./identity.ts";
import type { LossFound } from "./losses.ts";
import { names } from "./names.ts";

/** A DHCP client, whichever program it is. */
type Client = Omit<LeaseClient, "program">;

/** The networks that the node is in. */
interface Outward {
  uplink: Uplink;
  exit: ExitPlan;
}

/** The client that keeps the lease of `zos`; to the server it is the one that probed the uplink. */
export function uplinkClient({ duid, hostname }: Identity, { mac, knownBy, checksAddress }: Uplink): Client {
  return {
    service: names.uplinkClient,
    iface: names.bridge,
    namespace: null,
    clientId: clientIdFor(duid, mac, knownBy),
    hostname,
    ...(checksAddress === undefined ? {} : { checksAddress }),
  };
}

/** What the server knows a client by: the node's identity, or the MAC address where it answers those alone. */
function clientIdFor(duid: string, mac: string, knownBy: Uplink["knownBy"]): string {
  return knownBy === "mac" ? clientIdOfMac(mac) : clientIdOf(duid, mac);
}

/** A label has 63 characters at most (RFC 1035 section 2.3.4). */
const ndmzSuffix = `-${names.ndmz}`;

/** The client that keeps the lease of `npub4`, under a name of its own: the node's is that of `zos` in the server's DNS. */
export function ndmzClient({ duid, hostname, npub4Mac }: Identity, { uplink, exit }: Outward): Client {
  const { knownBy, checksAddress } = exit.npub4Parent === names.bridge ? uplink : exit;
  return {
    service: names.ndmzClient,
    iface: names.npub4,
    namespace: names.ndmz,
    clientId: clientIdFor(duid, npub4Mac, knownBy),
    hostname: `${hostname.slice(0, 63 - ndmzSuffix.length)}${ndmzSuffix}`,
    ...(checksAddress === undefined ? {} : { checksAddress }),
  };
}

/**
 * Why a client does not run, for people; null when it does, or nobody can tell. One that ended and that zinit is about to start
 * again counts too, for it may end each time; how it ended, which differs then, is left out.
 */
export function whyIdle(service: string, { state, detail }: ServiceState, kind: SupervisorKind): string | null {
  const isEmbedded = kind === "embedded";
  const isIdle = state === "absent" || state === "failed" || (state === "ended" && !isEmbedded);
  return isIdle
    ? `${service} is not run by ${isEmbedded ? "this program" : "zinit"} (${detail.replace(/\(.*\)/, "")})`
    : null;
}

/** The services that nobody runs: one that is ensured is run again, which does nothing for a client that is content. */
export function stoppedClients(facts: NodeFacts | null): string[] {
  return (facts?.idleClients ?? []).filter(({ isContent }) => isContent !== true).map(({ service }) => service);
}

/**
 * The client that is ensured with ndmz: that of `npub4`, unless that of `zos` alone does not run and ndmz need not be built.
 * Whichever was not is missed, should it not run, when the node is looked at next.
 */
export function clientBesideNdmz({ identity, uplink, exit, facts, losses }: BesideNdmz): Client {
  const idle = stoppedClients(facts);
  const isZosAlone = idle.includes(names.uplinkClient) && !idle.includes(names.ndmzClient);
  const isBuilt = losses.some(({ loss }) => loss === "ndmz" || loss === "exit");
  return isZosAlone && !isBuilt ? uplinkClient(identity, uplink) : ndmzClient(identity, { uplink, exit });
}

interface BesideNdmz extends Outward {
  identity: Identity;
  facts: NodeFacts | null;
  losses: readonly LossFound[];
}

/** The client to be mended when the lease of `zos` is lost, or one of the clients does not run. */
export function clientInNeed(
  facts: NodeFacts | null,
  { identity, uplink, exit }: Outward & { identity: Identity },
): Client {
  const idle = facts?.idleClients.map(({ service }) => service) ?? [];
  const isNdmzs = idle.includes(names.ndmzClient) && !idle.includes(names.uplinkClient);
  return isNdmzs ? ndmzClient(identity, { uplink, exit }) : uplinkClient(identity, uplink);
}
