import type { Ora } from "ora";
import { atRegistrar } from "../../machines/enroll-context.ts";
import { adviceForNdmz } from "../policy/site.ts";
import { enrolmentWords, type Found, outcomeOf, type StepName } from "../policy/steps.ts";
import type { Level, Log } from "../program/log.ts";
import type { News } from "../program/news.ts";
import { standingOf } from "../program/status-file.ts";
import type { BootView, GridView, Step } from "../program/follow-steps.ts";

/** Shows a boot as it goes: one line a step with the time that it took, and why a step is tried again. */
export interface Progress {
  show: (view: BootView) => void;
  end: () => void;
}

/** Where a boot's steps are told. */
export interface Listeners {
  /** Null shows nothing. */
  stream: NodeJS.WriteStream | null;
  /** On the current step; without it there are plain lines. */
  spinner: Ora | null;
  log: Log;
  /** A step that comes to the same as the last time is no news, and told at the level debug alone. */
  news: News;
}

/** A spinner for a terminal, loaded only there; null for anything else. */
export async function openSpinner(stream: NodeJS.WriteStream | null): Promise<Ora | null> {
  if (stream?.isTTY !== true || stream.columns <= 0) return null;
  const { default: ora } = await import("ora");
  return ora({ stream, discardStdin: false, hideCursor: false });
}

/** @param clock the clock of the steps, milliseconds */
export function createProgress(listeners: Listeners, clock: () => number): Progress {
  const { stream, spinner } = listeners;
  const tell = createTeller(listeners, (line, isNew) => {
    if (spinner !== null) withoutSpinner(spinner, () => stream?.write(`${line}\n`));
    else if (isNew) stream?.write(`${line}\n`);
  });
  const tellGrid = createGridTeller(tell);
  let shown = -1;
  let lastTrouble = "";
  return {
    show: (view) => {
      for (const [at, step] of view.steps.entries()) {
        if (step.index <= shown || !isOver(step)) continue;
        shown = step.index;
        tell.end(endOf(step, view, view.steps[at + 1]), step, clock());
      }
      tellGrid(view.grid);
      const trouble = troubleOf(view);
      const current = view.steps.at(-1);
      if (trouble !== "" && trouble !== lastTrouble && current !== undefined) {
        tell.trouble(trouble, current, { failure: failureOf(view) ?? "", about: current.state });
      }
      lastTrouble = trouble;
      if (spinner !== null) spin(spinner, view, clock);
    },
    end: () => spinner?.stop(),
  };
}

/** Tells of steps: to the log by what is news, and by the given function, which knows that too. */
function createTeller({ log, news }: Listeners, print: (line: string, isNew: boolean) => void) {
  const tell = (text: string, level: Level, { state }: Step) => {
    log({ level, kind: "step", fields: { step: state }, text });
  };
  return {
    end: ({ text, isLeft }: StepEnd, step: Step, nowMs: number) => {
      const line = `${isLeft ? "✗" : "✔"} ${lineOf(step, text, nowMs)}`;
      const isNew = news.isNew(step.state, text);
      print(line, isNew);
      tell(line, isNew ? (isLeft ? "warn" : "info") : "debug", step);
      if (step.state === "online") news.forget();
    },
    /** What is wrong is news when it differs from what was told last about the same. */
    trouble: (text: string, step: Step, { failure, about }: { failure: string; about: string }) => {
      const isTold = news.isTold(failure); // As an effect that failed.
      const isNew = news.isNew(`trouble in ${about}`, text);
      print(`… ${text}`, isNew);
      tell(`… ${text}`, isNew && !isTold ? "warn" : "debug", step);
    },
  };
}

/**
 * Tells of the node's announcement at the grid, which goes on beside the steps, whenever it comes to something else; of what is
 * wrong at each registrar by itself, for they are asked in turn.
 */
function createGridTeller(tell: ReturnType<typeof createTeller>): (grid: GridView | null) => void {
  const step: Step = { state: "enroll", index: -1, startedAtMs: 0, endedAtMs: 0 };
  const told = new Map<string, string>();
  return (grid) => {
    if (grid === null) return;
    const { detail, ms, context } = grid;
    const isLeft = detail === "retry" || detail === "stuck";
    if (!isLeft && !detail.startsWith("enrolled")) return;
    const text = isLeft ? (context.failure ?? "failed") : enrolmentWords(context);
    const about = isLeft ? `enroll at ${atRegistrar(context).registrar}` : "enrolled";
    if (told.get(about) === text) return;
    if (isLeft) told.delete("enrolled");
    else told.clear();
    told.set(about, text);
    if (isLeft) tell.trouble(`enroll: ${text}; trying again`, step, { failure: text, about });
    else tell.end({ text, isLeft }, { ...step, endedAtMs: ms ?? 0 }, 0);
  };
}

/** What came out of a step that is over, or why it was left. */
interface StepEnd {
  text: string;
  isLeft: boolean;
}

function isOver(step: Step): boolean {
  return step.endedAtMs !== null || step.state === "online" || step.state === "stopped";
}

function endOf(step: Step, view: BootView, next: Step | undefined): StepEnd {
  const isLeft = next?.state === "restart" || (next?.state === "stopping" && step.state !== "online");
  return { text: isLeft ? (failureOf(view) ?? "not finished") : outcomeOf(step.state, foundBy(view)), isLeft };
}

function foundBy({ boot, internet, networkd, grid }: BootView): Found {
  return {
    identity: internet?.identity ?? null,
    adopted: internet?.adopted ?? null,
    nicCount: internet?.nics.length ?? 0,
    choice: internet?.choice ?? boot?.choice ?? null,
    zos: internet?.zos ?? null,
    reached: internet?.reached ?? null,
    reach: networkd?.reach ?? null,
    grid: grid?.context ?? null,
    failure: boot?.failure ?? null,
  };
}

function failureOf({ boot, internet, networkd }: BootView): string | null {
  return networkd?.failure ?? internet?.failure ?? boot?.failure ?? null;
}

/** Why the current step waits before it tries again; empty when it does not. */
function troubleOf(view: BootView): string {
  const [state = ""] = view.detail.split(".");
  const isWaiting = view.detail.startsWith("waitIpv6.listen.") && (view.networkd?.attempts ?? 0) > 0;
  if (!isWaiting && !/\.(retry|outage)$/.test(view.detail)) return "";
  const advice = state === "waitIpv6" ? adviceForNdmz(standingOf(view)) : null;
  return `${state}: ${failureOf(view) ?? "failed"}; trying again${advice === null ? "" : `. ${advice}`}`;
}

function spin(spinner: Ora, { steps, detail }: BootView, clock: () => number): void {
  const current = steps.at(-1);
  if (current === undefined || isOver(current)) {
    spinner.stop();
    return;
  }
  spinner.suffixText = () => `${timeOf(current, clock())}  ${detail}`; // Drawn with each turn of the spinner.
  spinner.start(nameColumn(current.state));
}

function withoutSpinner(spinner: Ora, write: () => void): void {
  const wasSpinning = spinner.isSpinning;
  spinner.stop();
  write();
  if (wasSpinning) spinner.start();
}

function lineOf(step: Step, text: string, nowMs: number): string {
  return `${nameColumn(step.state)} ${timeOf(step, nowMs)}  ${text}`;
}

function timeOf({ startedAtMs, endedAtMs }: Step, nowMs: number): string {
  return `${Math.round((endedAtMs ?? nowMs) - startedAtMs)} ms`.padStart(9);
}

function nameColumn(state: StepName): string {
  return state.padEnd("selectGateway".length);
}
