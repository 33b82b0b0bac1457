import type { InspectionEvent, Snapshot } from "xstate";
import type { BootContext } from "../../machines/boot.ts";
import type { EnrollContext } from "../../machines/enroll-context.ts";
import type { InternetContext } from "../../machines/internet-context.ts";
import type { NetworkdContext } from "../../machines/networkd-context.ts";
import type { ReachabilityContext } from "../../machines/reachability-context.ts";
import type { OnlineContext } from "../../machines/online-context.ts";
import { isStepName, type StepName } from "../policy/steps.ts";

/** One visit of a step. */
export interface Step {
  state: StepName;
  /** Its place among all visits, from 0. */
  index: number;
  /** Monotonic clock. */
  startedAtMs: number;
  endedAtMs: number | null;
}

/** Visits of each step since the process began; a step that was not visited is left out. */
export type Visits = Partial<Record<StepName, number>>;

/** How many visits are kept: how the boot began, and how it came to where it is. A boot that starts over for ever makes more. */
export const keptSteps = { first: 16, latest: 48 } as const;

/** What an observer of a running boot sees after each change. */
export interface BootView {
  /** The first visits and the latest, in their order; the last is the current one. */
  steps: readonly Step[];
  /** How often each step was visited, whether or not that is still among `steps`. */
  visits: Visits;
  /** The innermost state, such as `waitIpv6.retry`. */
  detail: string;
  boot: BootContext | null;
  internet: InternetContext | null;
  /** While the node is online, what has been learnt since replaces what was known before. */
  networkd: NetworkdContext | null;
  /** How the node is announced at the grid; null while it is not. */
  grid: GridView | null;
  /** Whether the Internet reaches the node, as far as anybody has found out; null where no vantage is configured. */
  outside: OutsideView | null;
}

/** What an observer sees of finding out from elsewhere whether the Internet reaches the node. */
export interface OutsideView {
  /** The innermost state, such as `settled.known`. */
  detail: string;
  context: ReachabilityContext;
}

/** What an observer sees of the node's announcement at the grid. */
export interface GridView {
  /** The innermost state, such as `enrolled.watching`. */
  detail: string;
  context: EnrollContext;
  /** From the announcement's beginning until the grid knew the node, in milliseconds; null before. */
  ms: number | null;
}

const machineIds = ["boot", "internet", "networkd", "online", "enroll", "reachability"] as const;
type MachineId = (typeof machineIds)[number];

/** What each machine said last; null for `online` while `networkd` is in another state. */
interface Contexts extends Pick<BootView, "boot" | "internet" | "networkd"> {
  online: OnlineContext | null;
}

interface MachineSnapshot {
  value: unknown;
  context: unknown;
}

/**
 * An inspector for `createActor` that follows the boot's steps.
 *
 * @param clock monotonic, milliseconds
 * @param onChange called after each microstep of a machine, with all that is known
 */
export function followSteps(clock: () => number, onChange: (view: BootView) => void): (event: InspectionEvent) => void {
  const steps: Step[] = [];
  const visits: Visits = {};
  const contexts = { boot: null, internet: null, networkd: null, online: null } as Contexts;
  const followGrid = createGridFollower(clock);
  let detail = "";
  let grid: GridView | null = null;
  let outside: OutsideView | null = null;
  return (event) => {
    if ((event.type !== "@xstate.microstep" && event.type !== "@xstate.snapshot") || event.event.type === "xstate.stop")
      return;
    const machine = machineOf(event.actorRef);
    const snapshot: Snapshot<unknown> & Partial<MachineSnapshot> = event.snapshot;
    if (machine === null || snapshot.value === undefined) return;
    if (machine === "online" && snapshot.status !== "active") return; // What it came to is told by networkd.
    if (machine === "enroll") grid = followGrid(snapshot as MachineSnapshot);
    else if (machine === "reachability") outside = outsideIn(snapshot as MachineSnapshot);
    else Object.assign(contexts, { [machine]: snapshot.context });
    if (contexts.boot?.isEnrolling !== true) grid = null;
    const path = machine === "online" ? `online.${pathOf(snapshot.value)}` : pathOf(snapshot.value);
    const [state] = path.split(".");
    if (machine === "networkd" && state !== "online") contexts.online = null;
    const isToldWithin = machine === "networkd" && contexts.online !== null;
    if (machine !== "enroll" && machine !== "reachability" && isStepName(state) && !isToldWithin) {
      detail = path;
      if (enter(steps, state, clock())) visits[state] = (visits[state] ?? 0) + 1;
    }
    onChange({ steps, visits, detail, grid, outside, ...viewOf(contexts) });
  };
}

function outsideIn({ value, context }: MachineSnapshot): OutsideView | null {
  const own = context as ReachabilityContext;
  return own.vantages.length === 0 ? null : { detail: pathOf(value), context: own };
}

/** Time runs from when the announcement begins, with this configuration. */
function createGridFollower(clock: () => number): (snapshot: MachineSnapshot) => GridView {
  const begun = { grid: null as object | null, atMs: 0, ms: null as number | null };
  return ({ value, context }) => {
    const own = context as EnrollContext;
    if (begun.grid !== own.grid) Object.assign(begun, { grid: own.grid, atMs: clock(), ms: null });
    if (own.place !== null) begun.ms ??= Math.round(clock() - begun.atMs);
    return { detail: pathOf(value), context: own, ms: begun.ms };
  };
}

/** Both know the node: `online` knows it better while it runs, and hands over what it knows when it ends. */
function viewOf({ boot, internet, networkd, online }: Contexts): Pick<BootView, "boot" | "internet" | "networkd"> {
  return { boot, internet, networkd: networkd && { ...networkd, ...online } };
}

/** Notes that a step is entered; gives false when it is the current one already. */
function enter(steps: Step[], state: StepName, nowMs: number): boolean {
  const current = steps.at(-1);
  if (current?.state === state) return false;
  if (current !== undefined) current.endedAtMs = nowMs;
  steps.push({ state, index: (current?.index ?? -1) + 1, startedAtMs: nowMs, endedAtMs: null });
  if (steps.length > keptSteps.first + keptSteps.latest) steps.splice(keptSteps.first, 1);
  return true;
}

/** A stage that only looks at other NICs for `boot`, which says what that is for, is none of the boot's steps. */
function machineOf(actor: unknown): MachineId | null {
  const { id: own, logic } = actor as { id?: string; logic?: { id?: string } };
  return own === "others" ? null : (machineIds.find((each) => each === logic?.id) ?? null);
}

/** A state's value as a path; the regions of a parallel state stand side by side. */
export function pathOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null) return "";
  const paths = Object.entries(value).map(([state, inner]) => {
    const rest = pathOf(inner);
    return rest === "" ? state : `${state}.${rest}`;
  });
  return paths.length === 1 ? (paths[0] ?? "") : `(${paths.join(" ")})`;
}
