import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { atRegistrar } from "../../machines/enroll-context.ts";
import type { Reach, SupervisorKind } from "../contract.ts";
import { readText, writeAtomically } from "../os/files.ts";
import { names } from "../policy/names.ts";
import type { Standing } from "../policy/site.ts";
import type { Reachability } from "../policy/vantage.ts";
import type { StepName } from "../policy/steps.ts";
import type { BootView, GridView, OutsideView, Visits } from "./follow-steps.ts";

/** Where a running boot keeps its status. */
export const statusFile = join(names.runDir, "status.json");

/** The number of the status' schema: it changes when a field goes or changes its meaning, not when one comes. */
export const statusSchemaNumber = 1;

/** What `zos-boot status` tells, and the lab reads; status-schema.ts describes it for others. */
export interface Status extends Standing {
  schema: typeof statusSchemaNumber;
  version: string;
  pid: number;
  startedAt: string;
  /** Who keeps the boot's DHCP clients alive. */
  supervisor: SupervisorKind;
  /** What of the configuration was wrong and is left out, one line each: the boot goes on without it. */
  configFaults: string[];
  state: StepName;
  /** The innermost state, such as `waitIpv6.retry`. */
  detail: string;
  /** Attempts of the current step that failed. */
  attempts: number;
  failure: string | null;
  /** What the node and its workloads were last found to reach; null before anybody tried. */
  reach: Reach | null;
  /** How the node is announced at the grid; null when no registrar is configured, or before that has begun. */
  grid: GridStatus | null;
  /** Whether the Internet reaches what the node serves over IPv6, such as a 0-db; null when no vantage is configured. */
  zdb: ZdbStatus | null;
  /** Visits of steps in their order: the first ones and the latest; the last is the current one. */
  states: { state: StepName; ms: number }[];
  /** Visits between the first ones and the latest that `states` leaves out. */
  statesLeftOut: number;
  /** How often each step was visited since the process began. */
  visits: Visits;
}

/** How the node is announced at the grid. */
export interface GridStatus {
  /** The state of that, such as `retry`. */
  state: string;
  /** The one that was asked last. */
  registrar: string;
  /** Where the node is known; null while it is not. */
  farmId: number | null;
  twinId: number | null;
  nodeId: number | null;
  /** How long that took. */
  ms: number | null;
  /** By how much the registrar's clock is ahead, in milliseconds; null while nobody has compared. */
  clockOffsetMs: number | null;
  /** Attempts in a row that failed. */
  attempts: number;
  failure: string | null;
}

/** Whether the node can serve 0-db, as it was found out from elsewhere. */
export interface ZdbStatus extends Omit<Reachability, "at"> {
  /** ISO 8601; null before anything was found. */
  at: string | null;
  /** The state of finding out, such as `settled.known`. */
  state: string;
  /** Attempts in a row that failed. */
  attempts: number;
  failure: string | null;
}

/** What of a status does not come from the machines. */
export type Origin = Pick<Status, "version" | "pid" | "startedAt" | "supervisor" | "configFaults">;

/** The status that an observer's view of the boot makes. */
export function statusOf(view: BootView, origin: Origin, nowMs: number): Status {
  const { steps, boot, internet, networkd } = view;
  const inner = networkd ?? internet ?? boot;
  return {
    schema: statusSchemaNumber,
    ...origin,
    state: steps.at(-1)?.state ?? "recover",
    detail: view.detail,
    attempts: inner?.attempts ?? 0,
    failure: inner?.failure ?? boot?.failure ?? null,
    reach: networkd?.reach ?? null,
    grid: view.grid && gridStatusOf(view.grid),
    zdb: view.outside && zdbStatusOf(view.outside),
    states: steps.map(({ state, startedAtMs, endedAtMs }) => ({
      state,
      ms: Math.round((endedAtMs ?? nowMs) - startedAtMs),
    })),
    statesLeftOut: (steps.at(-1)?.index ?? -1) + 1 - steps.length,
    visits: { ...view.visits },
    ...standingOf(view),
  };
}

function gridStatusOf({ detail, context, ms }: GridView): GridStatus {
  const { place, twinId, clockOffsetMs, attempts, failure } = context;
  return {
    ...{ state: detail, registrar: atRegistrar(context).registrar, ms, clockOffsetMs, attempts, failure },
    ...{ farmId: place?.farmId ?? null, twinId, nodeId: place?.nodeId ?? null },
  };
}

/** Nothing is known before anybody was asked. */
const notAsked = { answer: "unknown", reason: "not tried yet", address: null, vantage: null, at: null } as const;

function zdbStatusOf({ detail, context: { finding, attempts, failure } }: OutsideView): ZdbStatus {
  return { ...(finding ?? notAsked), state: detail, attempts, failure };
}

/** What stands on the node, as far as the boot knows. */
export function standingOf({ boot, internet, networkd }: BootView): Standing {
  const choice = boot?.choice ?? internet?.choice ?? null;
  const facts = networkd?.facts ?? null;
  return {
    hasIpv6: boot?.hasIpv6 ?? true,
    uplink: choice?.uplink ?? null,
    exit: networkd?.exit ?? choice?.exit ?? null,
    nics: choice?.verdicts ?? [],
    probes: internet === null || internet.probes.length === 0 ? (boot?.probes ?? []) : internet.probes,
    zos: facts?.zos ?? internet?.zos ?? null,
    ndmz: facts && { npub4: facts.npub4, npub6: facts.npub6 },
  };
}

/** The status of the boot that runs, or that ran last; null when there was none, or one of a version with another schema. */
export async function readStatus(): Promise<Status | null> {
  const text = await readText(statusFile);
  if (text === null) return null;
  const status = JSON.parse(text) as { schema?: unknown };
  return status.schema === statusSchemaNumber ? (status as Status) : null;
}

/** How long a state within `online` must last to be worth a write: a node looks at itself for less. */
const passingMs = 250;

/**
 * Writes each status in turn; of those that come in one turn of the event loop only the newest is written, and what says
 * nothing new is not.
 */
export function createStatusWriter(
  onError: (error: unknown) => void,
  write: (text: string) => Promise<void> = (text) => writeAtomically(statusFile, text),
) {
  let waiting: Status | null = null;
  let written = "";
  let writing: Promise<void> | null = null;
  let timer: NodeJS.Timeout | undefined;
  const drain = async () => {
    while (waiting !== null) {
      await setImmediate();
      const status: Status = waiting;
      waiting = null;
      if (newsIn(status) === written) continue;
      written = newsIn(status);
      await write(`${JSON.stringify(status)}\n`).catch(onError);
    }
    writing = null;
  };
  const begin = () => {
    clearTimeout(timer);
    timer = undefined;
    if (waiting !== null) writing ??= drain(); // One that has nothing to do would end before it counts as begun.
  };
  return {
    write: (status: Status) => {
      waiting = status;
      if (isPassing(status, written)) timer ??= setTimeout(begin, passingMs).unref();
      else begin();
    },
    /** Resolves when everything is written. */
    flush: async () => {
      begin();
      await writing;
    },
  };
}

/** All that a status says, but for how long the current step has taken so far. */
function newsIn({ states, ...status }: Status): string {
  const current = states.length - 1;
  return JSON.stringify({ ...status, states: states.map(({ state, ms }, at) => [state, at === current ? 0 : ms]) });
}

/** Whether the status of a node that is online differs from what was written in nothing but the state within the step. */
function isPassing(status: Status, written: string): boolean {
  if (status.state !== "online" || written === "") return false;
  const { detail } = JSON.parse(written) as Status;
  return status.detail !== detail && newsIn({ ...status, detail }) === written;
}
