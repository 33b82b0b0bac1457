import type { InspectionEvent, Snapshot } from "xstate";
import type { BootContext } from "../../machines/boot.ts";
import type { InternetContext } from "../../machines/internet-context.ts";
import type { NetworkdContext } from "../../machines/networkd-context.ts";
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
  networkd: NetworkdContext | null;
}

type MachineId = "boot" | "internet" | "networkd";
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
  const contexts: Record<MachineId, unknown> = { boot: null, internet: null, networkd: null };
  let detail = "";
  return (event) => {
    if ((event.type !== "@xstate.microstep" && event.type !== "@xstate.snapshot") || event.event.type === "xstate.stop")
      return;
    const machine = machineOf(event.actorRef);
    const snapshot: Snapshot<unknown> & Partial<MachineSnapshot> = event.snapshot;
    if (machine === null || snapshot.value === undefined) return;
    contexts[machine] = snapshot.context;
    const path = pathOf(snapshot.value);
    const [state] = path.split(".");
    if (isStepName(state)) {
      detail = path;
      enter(steps, state, clock());
    }
    onChange({ steps, detail, ...contexts } as BootView);
  };
}

function enter(steps: Step[], state: StepName, nowMs: number): void {
  const current = steps.at(-1);
  if (current?.state === state) return;
  if (current !== undefined) current.endedAtMs = nowMs;
  steps.push({ state, startedAtMs: nowMs, endedAtMs: null });
}

function machineOf(actor: unknown): MachineId | null {
  const id = (actor as { logic?: { id?: string } }).logic?.id;
  return id === "boot" || id === "internet" || id === "networkd" ? id : null;
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
