import type { InspectionEvent, Snapshot } from "xstate";
import type { BootContext } from "../../machines/boot.ts";
import type { InternetContext } from "../../machines/internet-context.ts";
import type { NetworkdContext } from "../../machines/networkd-context.ts";
import type { OnlineContext } from "../../machines/online-context.ts";
import { isStepName, type StepName } from "../policy/steps.ts";

/** One visit of a step. */
export interface Step {
  state: StepName;
  /** Monotonic clock. */
  startedAtMs: number;
  endedAtMs: number | null;
}

/** What an observer of a running boot sees after each change. */
export interface BootView {
  steps: readonly Step[];
  /** The innermost state, such as `waitIpv6.retry`. */
  detail: string;
  boot: BootContext | null;
  internet: InternetContext | null;
  /** While the node is online, what has been learnt since replaces what was known before. */
  networkd: NetworkdContext | null;
}

const machineIds = ["boot", "internet", "networkd", "online"] as const;
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
  const contexts = { boot: null, internet: null, networkd: null, online: null } as Contexts;
  let detail = "";
  return (event) => {
    if ((event.type !== "@xstate.microstep" && event.type !== "@xstate.snapshot") || event.event.type === "xstate.stop")
      return;
    const machine = machineOf(event.actorRef);
    const snapshot: Snapshot<unknown> & Partial<MachineSnapshot> = event.snapshot;
    if (machine === null || snapshot.value === undefined) return;
    if (machine === "online" && snapshot.status !== "active") return; // What it came to is told by networkd.
    Object.assign(contexts, { [machine]: snapshot.context });
    const path = machine === "online" ? `online.${pathOf(snapshot.value)}` : pathOf(snapshot.value);
    const [state] = path.split(".");
    if (machine === "networkd" && state !== "online") contexts.online = null;
    const isToldWithin = machine === "networkd" && contexts.online !== null;
    if (isStepName(state) && !isToldWithin) {
      detail = path;
      enter(steps, state, clock());
    }
    onChange({ steps, detail, ...viewOf(contexts) });
  };
}

/** Both know the node: `online` knows it better while it runs, and hands over what it knows when it ends. */
function viewOf({ boot, internet, networkd, online }: Contexts): Pick<BootView, "boot" | "internet" | "networkd"> {
  return { boot, internet, networkd: networkd && { ...networkd, ...online } };
}

function enter(steps: Step[], state: StepName, nowMs: number): void {
  const current = steps.at(-1);
  if (current?.state === state) return;
  if (current !== undefined) current.endedAtMs = nowMs;
  steps.push({ state, startedAtMs: nowMs, endedAtMs: null });
}

function machineOf(actor: unknown): MachineId | null {
  const id = (actor as { logic?: { id?: string } }).logic?.id;
  return machineIds.find((each) => each === id) ?? null;
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
