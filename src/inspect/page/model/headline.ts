import type { Choice } from "../../../contract.ts";
import { isStepName, titleOf } from "../../../policy/steps.ts";
import type { ChartState } from "../../chart/chart.ts";
import { contextAt, type History, lifeAt, type Moment } from "./history.ts";
import type { StepBar } from "./step-bars.ts";

/** What the page says first: where the boot is, in a few words and a sentence. */
export interface Headline {
  title: string;
  sentence: string;
  tone: "good" | "busy" | "bad" | "over";
}

/** What is no step but takes its time like one. */
const otherTitles: Readonly<Record<string, string>> = {
  starting: "Starting",
  fallBack: "Falling back to the next NIC",
};

/**
 * Where the boot is at a moment.
 *
 * @param bars the boot's bars up to that moment
 * @param states all states of all machines by id, for what they say of themselves
 */
export function headlineOf(
  { history, bars, states }: { history: History; bars: readonly StepBar[]; states: ReadonlyMap<string, ChartState> },
  moment: Moment,
): Headline {
  const bar = bars.at(-1);
  const boot = contextOf(history, "boot", moment);
  if (bar === undefined)
    return { title: "Nothing yet", sentence: "Waits for the boot to tell of itself.", tone: "busy" };
  const state = bar.parts.at(-1)?.state ?? "";
  const { step } = bar;
  const title = step === "online" ? onlineTitle(boot?.choice ?? null) : titleOfStep(step);
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

function titleOfStep(step: string): string {
  return isStepName(step) ? titleOf(step) : (otherTitles[step] ?? step);
}

/** How far the boot had come when the program ended. */
function endTitle(bars: readonly StepBar[], choice: Choice | null): string {
  if (bars.some(({ step }) => step === "online")) return `Ended, was ${withSmallInitial(onlineTitle(choice))}`;
  const last = bars.findLast(({ step }) => step !== "stopping" && step !== "stopped")?.step ?? "starting";
  return `Ended while ${withSmallInitial(titleOfStep(last))}`;
}

function withSmallInitial(title: string): string {
  return title.charAt(0).toLowerCase() + title.slice(1);
}

/** What a step says of itself, and what its innermost state does. */
function said(states: ReadonlyMap<string, ChartState>, state: string): string {
  const [machine, step] = state.split(".");
  const whole = states.get(machine === "online" ? "networkd.online" : `${machine}.${step}`)?.description ?? "";
  const inner = states.get(state)?.description ?? "";
  return whole === inner ? whole : `${whole} ${inner}`.trim();
}

function toneOf(step: string, state: string): Headline["tone"] {
  if (step === "online") return "good";
  if (["restart", "fallBack", "degraded"].includes(step) || /\.(retry|outage)$/.test(state)) return "bad";
  return ["stopping", "stopped"].includes(step) ? "over" : "busy";
}
