/** What the machines ask of the world (the ports of a hexagonal architecture): effects, watches, and the supervisor. */
import type {
  AddressFacts,
  Advert,
  Becomes,
  ClientPlace,
  ExitPlan,
  Family,
  Goals,
  Identity,
  Isolation,
  Lease,
  LeaseClient,
  MayAdopt,
  Nic,
  NodeFacts,
  OtherLink,
  Proof,
  Recovery,
  ServiceSignal,
  ServiceState,
  Settings,
  SightedNic,
  SupervisorKind,
  Uplink,
  Reach,
} from "./contract.ts";
import type { Setting } from "./policy/amiss.ts";
import type { Grid, GridInterface } from "./policy/grid.ts";
import type { LanAccess } from "./policy/lan-access.ts";
import type { Reachability } from "./policy/vantage.ts";

/** An action on the node: reads facts, plans, applies, reads back. Tries once; running it again changes nothing. */
export type Effect<Input, Facts> = (input: Input, control: { signal: AbortSignal }) => Promise<Facts>;

/** A long-lived observation: emits a fact whenever the kernel reports a change, until its signal aborts. */
export type Watch<Input, Fact> = (
  input: Input,
  control: { signal: AbortSignal; emit: (fact: Fact) => void },
) => Promise<void>;

/** Who keeps DHCP clients alive: the process manager of the node, or this program itself. */
export interface Supervisor {
  kind: SupervisorKind;
  /** The service exists as defined and is started; a changed definition replaces the old one, and two never run. */
  ensure: (client: LeaseClient) => Promise<void>;
  state: (service: string) => Promise<ServiceState>;
  /** What of this name belongs to others, for people; null when nothing does. */
  findForeign: (service: string) => Promise<string | null>;
  /** Calls back whenever the state of a service may have changed otherwise than by `ensure`; gives what ends that. */
  watch: (services: readonly string[], onChange: () => void) => () => void;
  /** The service's process gets the signal. */
  signal: (service: string, signal: ServiceSignal) => Promise<void>;
  /** The service and its processes are gone; addresses and leases stay, and so does what belongs to others. */
  remove: (place: ClientPlace) => Promise<void>;
}

/** The node's NICs, and its links that are none. */
export interface NicList {
  nics: Nic[];
  otherLinks: OtherLink[];
}

/** Which registrar is asked, and with what. */
export interface AtRegistrar {
  grid: Grid;
  registrar: string;
}

/** Who asks it; the clock is the registrar's when the offset is added to the node's. */
export interface AsTwin extends AtRegistrar {
  twinId: number;
  clockOffsetMs: number;
}

/** Every effect by name. */
export interface Effects {
  settleDevices: Effect<Record<string, never>, Record<string, never>>;
  recover: Effect<{ mayAdopt: MayAdopt; settings: Settings }, Recovery>;
  giveBackProbes: Effect<Record<string, never>, string[]>;
  listNics: Effect<{ kinds: string[] }, NicList>;
  awaitCarrier: Effect<{ nic: string }, { carrierAtMs: number }>;
  isolateNic: Effect<
    { nic: string; isolation: Settings["isolation"] },
    { isolation: Isolation; listeningAtMs: number }
  >;
  requestLease: Effect<
    { nic: string; clientId: string; hostname: string; checksAddress?: true },
    { lease: Lease; heardAtMs: number }
  >;
  /** Tells the MAC address of who answers for an address that is to be the node's; null for nobody. */
  findOwner: Effect<{ namespace: string | null; link: string; address: string }, { owner: string | null }>;
  /**
   * Tells which servers are not heard from now on: these, or that of a client's lease and those before it, unless another client's
   * lease, which works, is of the same one.
   */
  shunServers: Effect<
    { nic: string } & ({ servers: string[] } | { lessorOf: string; unlessOf?: string | null }),
    { shunned: string[] }
  >;
  /** The advertisement is null where the kernel has no IPv6. */
  solicitRouter: Effect<{ nic: string }, { advert: Advert | null; heardAtMs: number }>;
  proveEgress: Effect<{ nic: string; family: Family; gateways: string[]; dnsServers: string[]; goals: Goals }, Proof>;
  releaseNic: Effect<{ nic: string; becomes: Becomes }, { nic: string }>;
  ensureBridge: Effect<{ uplink: Uplink }, { bridge: string; port: string }>;
  ensureLeaseClient: Effect<Omit<LeaseClient, "program">, { service: string }>;
  restartLeaseClient: Effect<Omit<LeaseClient, "program">, { service: string }>;
  /** Whether the client of a service looks by itself whether an address is somebody's, and declines it. */
  checkAddresses: Effect<{ service: string; isChecking: boolean }, { service: string }>;
  findLeaseClient: Effect<LeaseClient, { isRunning: boolean }>;
  runLeaseClient: Effect<LeaseClient, { exitCode: number | null; stderr: string }>;
  awaitLeaseClientEnd: Effect<LeaseClient, { service: string }>;
  awaitAddress: Effect<{ family: Family }, { zos: AddressFacts; advertisedDns: string[] }>;
  ensureResolver: Effect<{ advertisedDns: string[]; goals: Goals }, { dnsServers: string[] }>;
  reachTargets: Effect<{ goals: Goals }, Pick<Proof, "reached" | "hindrance">>;
  /** Where ndmz leaves so for good, and not until its exit is back, a NIC that was its exit is let go. */
  ensureNdmz: Effect<{ identity: Identity; exit: ExitPlan; isForGood?: boolean }, { namespace: string }>;
  /** For a program that goes on before there is an ndmz to tell. */
  keepExit: Effect<{ exit: ExitPlan }, { exitNic: string | null }>;
  /** `isZosToo`: zos has lost its own default route. */
  awaitNdmzIpv6: Effect<{ isUrgent: boolean; isZosToo: boolean }, AddressFacts>;
  ensureNat: Effect<{ lan: LanAccess }, { table: string }>;
  /** Where rules stand; tells whether they were others. */
  renewRules: Effect<{ lan: LanAccess }, { isRenewed: boolean }>;
  claimNode: Effect<Record<string, never>, { isClaimed: boolean }>;
  inspectNode: Effect<Setting, NodeFacts>;
  /** `anew`: for whom all is forgotten first that routers have advertised. */
  proveReach: Effect<{ goals: Goals; anew?: (keyof Reach)[] }, Reach>;
  /** The twin is null where the node's clock is wrong by the registrar's; null for a clock that was not compared. */
  ensureAccount: Effect<
    AtRegistrar & { clockOffsetMs: number | null },
    { twinId: number | null; clockOffsetMs: number }
  >;
  ensureNode: Effect<AsTwin, { nodeId: number; farmId: number; interfaces: GridInterface[] }>;
  reportUptime: Effect<AsTwin & { nodeId: number }, { uptimeSeconds: number }>;
  /** The MAC address is that of the trial's own link on the bridge. */
  askVantage: Effect<{ vantage: string; bridge: string; mac: string }, Reachability>;
}

/** Every watch by name. */
export interface Watches {
  watchNode: Watch<Setting, NodeFacts>;
  keepResolver: Watch<{ advertisedDns: string[]; goals: Goals }, { dnsServers: string[] }>;
  /** `listed`: what listNics has told just before, which is not listed again. */
  watchNics: Watch<{ kinds: string[]; listed?: NicList }, { nics: SightedNic[] }>;
  watchInterfaces: Watch<{ nicKinds: string[] }, { interfaces: GridInterface[] }>;
  /** The address is null while the service's client has no lease. */
  watchLease: Watch<{ service: string }, { address: string | null; isChecking: boolean }>;
  watchUplink: Watch<Record<string, never>, { missing: string | null; zos: AddressFacts }>;
}
