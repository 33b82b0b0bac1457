import type { Family } from "../../contract.ts";
import type { StepName } from "../../policy/steps.ts";
import type { Layout, RouterOffer } from "../layouts/layout.ts";

/** By which protocol a flow runs. */
export type FlowKind = "udp" | "tcp";

/** A flow between a network resource (or the node itself) and the Internet's host; it runs through a whole scenario. */
export type FlowName = `${Family}/${FlowKind}`;
export const flowNames = ["v4/udp", "v4/tcp", "v6/udp", "v6/tcp"] as const satisfies readonly FlowName[];

/**
 * Where something is done or looked at: the node, a namespace of it, or what surrounds it; switches and routers by segment,
 * whose further routers are numbered from 2 (`router of home2`), hosts by name.
 */
export type Place =
  | "node"
  | "ndmz"
  | "resource"
  | "internet"
  | `switch of ${string}`
  | `router of ${string}`
  | `host ${string}`;

/** A place that is not on the node. */
export type OutsidePlace = Exclude<Place, "node" | "ndmz" | "resource">;

/** A command, without a shell. */
export interface PlacedCommand {
  at: Place;
  argv: readonly string[];
  /** Text for its standard input. */
  input?: string;
}

/** One thing that is done to a farm or to its node. */
export type Deed =
  | (PlacedCommand & {
      kind: "run";
      /** Whether it does not matter that it fails, as when something to be removed is not there. */
      mayFail?: true;
    })
  /** At the switch's side of a NIC's cable: carrier goes and comes. */
  | { kind: "cable"; nic: string; is: "out" | "in" }
  /** The NIC itself, which a veth is with its cable. */
  | { kind: "nic"; nic: string; is: "removed" | "plugged in" }
  /** DHCP, router advertisements and DNS of a segment's first router. */
  | { kind: "servers"; segment: string; are: "stopped" | "started" }
  /** That router has these addresses and offers this from now on; one that forgets has no leases any more. */
  | { kind: "offer"; segment: string; offer: RouterOffer; forgets?: true }
  /** That router has this IPv6 prefix instead, and says for as long as it runs that the one before is deprecated. */
  | { kind: "prefix"; segment: string; prefix: string }
  /** A rule of ndmz, the last of its chain, is replaced by another: their number stays. */
  | { kind: "rule"; chain: string; by: string }
  /** Starts a program outside the node that stays until the farm goes. */
  | { kind: "start"; at: OutsidePlace; argv: readonly string[] }
  /** Starts `zos-boot up` (again). */
  | { kind: "program" }
  /** Starts the node's zinit (again). */
  | { kind: "zinit" }
  /** What the scenario itself takes in time, such as how long a cable is out; never a wait for luck. */
  | { kind: "pass"; ms: number };

/** What a command must print, or must not. */
export interface Sight extends PlacedCommand {
  says: string;
  matches: RegExp;
  /** Whether it must not match; a command that fails prints nothing. */
  isAbsent?: true;
}

/** What is waited for, and no longer than said. */
export type Condition = { withinMs: number } & (
  | { kind: "sight"; sight: Sight }
  /** The status, as JSON without the steps that it came by. */
  | { kind: "status"; says: string; matches: RegExp }
  /** New connections and datagrams succeed in these families. */
  | { kind: "traffic"; families: readonly Family[] }
  /** So many more leases of `zos` were acknowledged by DHCP servers since the step began. */
  | { kind: "renewals"; count: number }
);

/** What is done at one time, and what must come of it before the next step. */
export interface Step {
  /** For people, such as "the cable of eth0 is pulled". */
  says: string;
  deeds: readonly Deed[];
  until?: Condition;
  /**
   * Whether recovery counts from here, as from a cable that is plugged in again; otherwise it counts from the first step, as
   * losses always do.
   */
  isBeginning?: true;
}

/** What is promised of a flow. */
export interface FlowPromise {
  /** The longest time without an answer. */
  mostLostMs: number;
  /** Whether it must be the very same connection, or datagrams from the same port, that get answers at the end. */
  isKept: boolean;
}

/** Things of the node that must stay the same ones. */
export type Kept = "ndmz" | "tonrs" | "address of zos";

/** What must come of a scenario. */
export interface Ending {
  /**
   * `degraded`: whatever the program says, it does not claim that all is well. `waitIpv6`, `restart`: it waits there, and an
   * attempt was in vain. `any`: traffic alone matters.
   */
  outcome: "online" | "degraded" | "waitIpv6" | "restart" | "any";
  /** A pattern where several are as good. */
  uplink: string | RegExp | null;
  /** The NIC that workloads leave through, or a pattern. */
  exit: string | RegExp | null;
  /** Those in which resources reach the Internet. */
  families: readonly Family[];
  /** In which families the node itself and a resource get an answer from the Internet: these and no others, where said. */
  reaches: { node?: readonly Family[] | undefined; resource?: readonly Family[] | undefined };
  /** For NICs by name, what the reason that the status gives must say. */
  reasons: Record<string, RegExp>;
  /** Until it has come, from the end of the last step. */
  withinMs: number;
  /** From the beginning (see Step); null promises nothing but `withinMs`. */
  mostRecoveredMs: number | null;
  /** It must stay so for this long, because a program that looks at its node late may yet tear something down. */
  staysMs: number;
  flows: Partial<Record<FlowName, FlowPromise>>;
  /** What `zos-boot status` must say, in words or as JSON. */
  says: readonly RegExp[];
  keeps: readonly Kept[];
  /** Steps of the boot that must not be visited again. */
  visitsNot: readonly StepName[];
  /** Commands that the program may run from the beginning to the end; null for any number. */
  mostCommands: number | null;
  sights: readonly Sight[];
  /** What is different on the node afterwards because somebody else made it so. */
  leaves: readonly RegExp[];
}

/** Who keeps DHCP clients on the node; with a zinit it also runs the program, as two services. */
export type Manager = "none" | "zinit" | "zinit-rpc";

/** What happens to a node, and what must come of it: data, like a layout. */
export interface Scenario {
  name: string;
  /** One sentence without a full stop. */
  summary: string;
  layout: Layout;
  manager: Manager;
  /** More lines of the program's configuration. */
  settings: readonly string[];
  /** NICs of the layout, its last ones, that the node does not have at first. */
  lateNics: readonly string[];
  /** Where the steps begin: on a node that is online, one whose program was just started, or before that. */
  begins: "online" | "started" | "before";
  /** Whose flows run through it. */
  flowsOf: "resource" | "node";
  /** Those in which flows run. */
  families: readonly Family[];
  /** Whether its times are what it is about: it runs alone, several times, and the middle counts. */
  isTimed: boolean;
  /** What is done to the farm before anything runs on the node. */
  prepares: readonly Deed[];
  steps: readonly Step[];
  ending: Ending;
}
