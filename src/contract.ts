/**
 * What machines and effects agree on: the facts that effects take and return.
 * Everything here survives `JSON.stringify`; a fact that is known to be absent is `null`.
 */

/**
 * What of the boot a process does: all; the one-time stage alone, as a one-shot that ends when the node is on the Internet; or
 * what follows, as a daemon that waits for the uplink which the one-shot puts into its place.
 */
export type Stage = "all" | "internet" | "networkd";

/** How a NIC is put into its probe's namespace: by a passthru macvlan of it, or by itself. */
export type Isolation = "passthru" | "move";

/** The DHCPv4 clients that can get and keep a lease. */
export type DhcpProgram = "dhcpcd" | "udhcpc";

/** What shall get leases; `auto` is the first that is installed, dhcpcd before udhcpc. */
export type DhcpChoice = DhcpProgram | "auto";

/** What the machines need of the configuration. Times are in milliseconds. */
export interface Settings {
  /** How a NIC is put into its probe's namespace; `auto` is `passthru` where the kernel lets it. */
  isolation: Isolation | "auto";
  /** Kinds of links that count as NICs: `physical`, or kinds of `ip -d link` such as `veth`. */
  nicKinds: string[];
  /** Of which one must be reached before the Internet counts as reached (see parseTarget). */
  reachTargets: string[];
  /** A file of PEM with the authorities that targets' certificates are from, instead of those that Node.js knows; or null. */
  caFile: string | null;
  /** DNS servers that are asked for targets when none of the network's own is right about any. */
  fallbackDns: string[];
  probeTimeoutMs: number;
  preferPrivateMs: number;
  /** Names of NICs that are left alone: neither probed nor used; a trailing `*` stands for any ending. */
  ignoreNics: string[];
  /** The NIC that must become the uplink; null leaves it to the choice. */
  uplink: string | null;
  /** The NIC through which workloads must leave; null leaves it to the choice. */
  exit: string | null;
  /** Public gateways go before private ones. */
  preferPublic: boolean;
  /** Whether resources reach the networks that the node is in and private ones; `lanExceptions` they reach nevertheless. */
  lanAccess: "drop" | "allow";
  lanExceptions: string[];
}

/** What must be reached, and what that takes. */
export type Goals = Pick<Settings, "reachTargets" | "caFile" | "fallbackDns">;

/** Who the node is, derived from its hardware: the same on every boot. */
export interface Identity {
  /** What it was derived from; `kept`: it was derived once, and this is still the same board. */
  source: "dmi" | "mac" | "kept";
  /** DHCP unique identifier, colon-separated hex (RFC 8415 section 11). */
  duid: string;
  hostname: string;
  npub4Mac: string;
  npub6Mac: string;
}

/** A NIC of the node. */
export interface Nic {
  name: string;
  mac: string;
  mtuBytes: number;
  /** The kernel's driver; null for links without a device, such as veth. */
  driver: string | null;
}

/** A NIC as it is at a moment. */
export type SightedNic = Nic & { hasCarrier: boolean };

/** A link of the node that is not a NIC to this program. */
export interface OtherLink {
  name: string;
  /** As `nicKinds` would name it. */
  kind: string;
  /** Whether people may take it for a NIC. */
  isNicLike: boolean;
  /** What it is, for a farmer. */
  why: string;
}

/** What a DHCPv4 server gave, validated; options that made no sense are left out and named in `warnings`. */
export interface Lease {
  address: string;
  prefixLength: number;
  /** Default gateways in order of preference (RFC 3442: option 121 beats option 3). */
  gateways: string[];
  server: string | null;
  dnsServers: string[];
  searchList: string[];
  mtuBytes: number | null;
  leaseSeconds: number;
  warnings: string[];
}

/** What router advertisements gave: the kernel's default routes and autoconfigured addresses. */
export interface Advert {
  routers: string[];
  /** With prefix length. */
  addresses: string[];
  dnsServers: string[];
}

/** What keeps a network that has a gateway from being the Internet, as far as somebody there has shown. */
export interface Hindrance {
  /** `portal`: somebody answers in place of the targets; `dns`: no DNS server of the network is right about any. */
  kind: "portal" | "dns";
  /** The name of who has shown it, or the DNS servers; null when it has none, or there are none. */
  by: string | null;
  /** For people. */
  says: string;
}

/** What a default gateway is worth, found out from inside the probe's namespace. */
export interface Proof {
  gatewayAnswers: boolean;
  /** The first target that was reached. */
  reached: string | null;
  /** Null when one was reached, but for DNS that had to be replaced by `fallbackDns`, or nobody knows. */
  hindrance: Hindrance | null;
  /** Monotonic clock, for comparing with `carrierAtMs`. */
  provenAtMs: number;
}

/** IPv4 or IPv6. */
export type Family = "v4" | "v6";

/** An address that another host has, and that host's MAC address. */
export type TakenAddress = Record<"address" | "mac", string>;

/** All that a probe knows of its NIC so far. */
export interface ProbeFacts {
  nic: string;
  mac: string;
  mtuBytes: number;
  /** Monotonic clock; null while the NIC has no carrier. */
  carrierAtMs: number | null;
  /** Monotonic clock; null until DHCP servers and routers can be heard. */
  listeningAtMs: number | null;
  /** Monotonic clock; null until a default gateway is known. */
  gatewayAtMs: number | null;
  lease: Lease | null;
  advert: Advert | null;
  proof4: Proof | null;
  proof6: Proof | null;
  /** The families of which more may still be learnt. */
  pending: Family[];
  /** No router has advertised itself in the time that the standard gives it. */
  isRouterLate: boolean;
  errors: string[];
  /** The DHCP server answers the NIC's MAC address alone, not the node's identity. */
  knownBy?: "mac";
  /** DHCP servers that are not heard any more, because their leases lead nowhere and another server has offered one. */
  shunned?: string[];
  /** Addresses that a DHCP server gave and another host of the network has, which answers ARP for them. */
  taken?: TakenAddress[];
  /** Whoever else has the lease's address still has the time to answer for it: nothing is settled before. */
  isAsking?: true;
  /** DHCP clients look by themselves whether an address is somebody's, and decline it, because one was (RFC 2131 section 4.4.1). */
  checksAddress?: true;
  /** Why the probe could look no further: a failure on the node's own side, which says nothing of the network; or null. */
  fault: string | null;
}

/** Where ndmz's outward interfaces sit. */
export interface ExitPlan extends Pick<ProbeFacts, "knownBy" | "checksAddress"> {
  /** The NIC below `br-pub`, or null when ndmz leaves through `zos` only. */
  exitNic: string | null;
  npub4Parent: string;
  npub6Parent: string;
}

/** The NIC that is below the `zos` bridge, and what it needs to be there. */
export interface Uplink extends Pick<ProbeFacts, "knownBy" | "checksAddress"> {
  nic: string;
  mac: string;
  /** What its network's DHCP server said, 1280 to 65535 bytes; null leaves the NIC as it is. */
  mtuBytes: number | null;
  /** The families in which it has a default gateway; the first is the one that zos must get. */
  families: Family[];
}

/** Whether connections to the Internet succeed in one family, tried with real ones. */
export interface Egress {
  /** `absent`: there is no address or default route; `unknown`: no target has an address in this family, or none is known. */
  state: "works" | "fails" | "absent" | "unknown";
  /** For people; null when it works. */
  why: string | null;
  /** Since when it is so, ISO 8601. */
  since: string;
}

/** What the node and the network resources behind ndmz reach. */
export type Reach = Record<"node" | "workloads", Record<Family, Egress>>;

/** Addresses of an interface that carries traffic. */
export interface AddressFacts {
  ipv4: string[];
  ipv6: string[];
  gateways4: string[];
  gateways6: string[];
}

/** The verdict on one NIC, with a reason that a farmer understands. */
export interface NicVerdict {
  nic: string;
  verdict: "chosen" | "exit" | "lost" | "unusable" | "ignored";
  reason: string;
}

/** Which NICs are used for what, and why. */
export interface Choice {
  uplink: Uplink | null;
  exit: ExitPlan;
  /** Candidates after the uplink, best first. */
  others: Uplink[];
  /** Earlier choices that failed after all, and why. */
  failed: { nic: string; reason: string }[];
  /** No NIC proved egress although a gateway answered: the fault is beyond the farm's network. */
  isRemoteFault: boolean;
  verdicts: NicVerdict[];
}

/**
 * What recovery may keep of an uplink that it finds: the uplink, or else the NIC that workloads leave through as the uplink;
 * that NIC only; or nothing, so that all NICs are probed.
 */
export type MayAdopt = "uplink" | "exit" | "nothing";

/** What recovery found in the right place from an earlier run. */
export interface Adopted {
  uplink: Uplink;
  exit: ExitPlan;
  /** The other NICs of the node, which are left alone. */
  idle: { nic: string; hasCarrier: boolean }[];
}

/** What taking stock came to. */
export interface Recovery {
  identity: Identity;
  /** Whether the kernel speaks IPv6 at all. */
  hasIpv6: boolean;
  adopted: Adopted | null;
  /** Names of what an interrupted run had left and recovery gave back. */
  givenBack: string[];
}

/** What the steps of a boot set, and what can therefore be amiss. */
export type Part = "uplink" | "exit" | "ndmz" | "nat";

/** How the node is compared with what was set, read from the kernel. */
export interface NodeFacts {
  /** What is not as it was set, a few words each; empty when all is. */
  amiss: Record<Part, string[]>;
  /** DHCP clients that their supervisor does not run, or that are content with a lease of no use, and why. */
  idleClients: { service: string; why: string; isContent?: true }[];
  /** Of what is amiss with the uplink or the exit, whether it is the carrier alone, which may come back by itself. */
  hasFlap: boolean;
  /** Links with carrier. */
  carriers: string[];
  /** Default gateways that have not answered (neighbour state FAILED or INCOMPLETE). */
  silentGateways: string[];
  zos: AddressFacts;
  npub4: AddressFacts;
  npub6: AddressFacts;
}

/** A DHCP client in a place: who it is to the server is the same whatever program it is, in a probe and afterwards. */
export interface LeaseClient extends Pick<ProbeFacts, "checksAddress"> {
  program: DhcpProgram;
  service: string;
  iface: string;
  namespace: string | null;
  clientId: string;
  hostname: string;
}

/** Which supervisor it is: this program, or zinit with the protocol that it speaks. */
export type SupervisorKind = "embedded" | "zinit-text" | "zinit-rpc" | "zinit-3";

/** How a service is, whatever its supervisor calls it. */
export interface ServiceState {
  /** `ended`: by itself, and about to be started again; `failed`: it could not be started, or a test of it failed. */
  state: "absent" | "starting" | "running" | "ended" | "failed" | "unknown";
  /** In the supervisor's own words. */
  detail: string;
}

/** Signals that a DHCP client understands. */
export type ServiceSignal = "SIGTERM" | "SIGKILL" | "SIGHUP" | "SIGUSR1" | "SIGUSR2" | "SIGALRM";

/** Where a DHCP client is found, whether or not anybody supervises it. */
export type ClientPlace = Pick<LeaseClient, "service" | "iface" | "namespace">;

/** What becomes of a NIC that is given back: the uplink, which keeps its lease; ready at once; or idle, without haste. */
export type Becomes = "uplink" | "ready" | "idle";
