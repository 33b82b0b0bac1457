import type { Choice } from "../../contract.ts";
import type { ChartState } from "../chart.ts";
import { contextAt, type History, lifeAt, type Moment } from "./history.ts";
import type { StepBar } from "./steps.ts";

/** What the page says first: where the boot is, in a few words and a sentence. */
export interface Summary {
  title: string;
  sentence: string;
  tone: "good" | "busy" | "bad" | "over";
}

const titles: Record<string, string> = {
  starting: "Starting",
  recover: "Taking stock",
  probe: "Probing all NICs",
  selectGateway: "Choosing the uplink",
  bridge: "Building the bridge zos",
  register: "Getting an address for zos",
  reach: "Reaching the Internet",
  selectExit: "Choosing the exit",
  fallBack: "Falling back to the next NIC",
  enroll: "Announcing the node",
  ndmz: "Building ndmz",
  waitIpv6: "Waiting for IPv6",
  nat: "Setting up NAT",
  online: "Online",
  restart: "Waiting to start over",
  stopping: "Stopping",
  stopped: "Stopped",
};

/**
 * Where the boot is at a moment.
 *
 * @param bars the boot's bars up to that moment
 * @param states all states of all machines by id, for what they say of themselves
 */
export function summaryOf(
  { history, bars, states }: { history: History; bars: readonly StepBar[]; states: ReadonlyMap<string, ChartState> },
  moment: Moment,
): Summary {
  const bar = bars.at(-1);
  const boot = contextOf(history, "boot", moment);
  if (bar === undefined)
    return { title: "Nothing yet", sentence: "Waits for the boot to tell of itself.", tone: "busy" };
  const state = bar.parts.at(-1)?.state ?? "";
  const { step } = bar;
  const title = step === "online" ? onlineTitle(boot?.choice ?? null) : (titles[step] ?? step);
  if (history.endedMs !== null && moment.atMs >= history.endedMs) {
    return { title: endTitle(bars, boot?.choice ?? null), sentence: said(states, state), tone: "over" };
  }
  const failure = step === "restart" && boot?.failure ? ` This round: ${boot.failure}.` : "";
  return { title, sentence: said(states, state) + failure, tone: toneOf(step, state) };
}

interface BootFacts {
  choice?: Choice | null;
  failure?: string | null;
}

function contextOf(history: History, actor: string, moment: Moment): BootFacts | null {
  const life = lifeAt(history, actor, moment);
  return life === null ? null : (contextAt(life, moment) as BootFacts | null);
}

function onlineTitle(choice: Choice | null): string {
  const uplink = choice?.uplink?.nic;
  if (uplink === undefined) return "Online";
  const exit = choice?.exit.exitNic ?? null;
  return exit === null || exit === uplink
    ? `Online through ${uplink}`
    : `Online through ${uplink}, workloads through ${exit}`;
}

/** How far the boot had come when the program ended. */
function endTitle(bars: readonly StepBar[], choice: Choice | null): string {
  if (bars.some(({ step }) => step === "online")) return `Ended, was ${withSmallInitial(onlineTitle(choice))}`;
  const last = bars.findLast(({ step }) => step !== "stopping" && step !== "stopped")?.step ?? "starting";
  return `Ended while ${withSmallInitial(titles[last] ?? last)}`;
}

function withSmallInitial(title: string): string {
  return title.charAt(0).toLowerCase() + title.slice(1);
}

/** What a step says of itself, and what its innermost state does. */
function said(states: ReadonlyMap<string, ChartState>, state: string): string {
  const [machine, step] = state.split(".");
  const whole = states.get(`${machine}.${step}`)?.description ?? "";
  const inner = states.get(state)?.description ?? "";
  return whole === inner ? whole : `${whole} ${inner}`.trim();
}

function toneOf(step: string, state: string): Summary["tone"] {
  if (step === "online") return state.includes("degraded") ? "bad" : "good";
  if (["restart", "fallBack"].includes(step) || /\.(retry|outage)$/.test(state)) return "bad";
  return ["stopping", "stopped"].includes(step) ? "over" : "busy";
}
