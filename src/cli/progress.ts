import ora, { type Ora } from "ora";
import { adviceForNdmz } from "../policy/site.ts";
import { standingOf } from "../status.ts";
import type { BootView, Step, StepName } from "../steps.ts";
import { summaryOf } from "./summary.ts";

/** Shows a boot as it goes: one line a step with the time that it took, and why a step is tried again. */
export interface Progress {
  show: (view: BootView) => void;
  end: () => void;
}

/**
 * @param stream a terminal gets a spinner on the current step, anything else plain lines
 * @param clock the clock of the steps, milliseconds
 */
export function createProgress(stream: NodeJS.WriteStream, clock: () => number): Progress {
  const spinner = stream.isTTY && stream.columns > 0 ? ora({ stream, discardStdin: false, hideCursor: false }) : null;
  const print = (line: string) => {
    if (spinner === null) stream.write(`${line}\n`);
    else withoutSpinner(spinner, () => stream.write(`${line}\n`));
  };
  let shown = 0;
  let lastTrouble = "";
  return {
    show: (view) => {
      for (; shown < view.steps.length && isOver(view.steps[shown]); shown++) {
        const step = view.steps[shown];
        if (step !== undefined) print(endOf(step, view, { next: view.steps[shown + 1], nowMs: clock() }));
      }
      const trouble = troubleOf(view);
      if (trouble !== "" && trouble !== lastTrouble) print(`… ${trouble}`);
      lastTrouble = trouble;
      if (spinner !== null) spin(spinner, view, clock);
    },
    end: () => spinner?.stop(),
  };
}

function isOver(step: Step | undefined): boolean {
  return step !== undefined && (step.endedAtMs !== null || step.state === "online" || step.state === "stopped");
}

/** The line of a step that is over: what came out of it, or why it was left. */
function endOf(step: Step, view: BootView, { next, nowMs }: { next: Step | undefined; nowMs: number }): string {
  const isLeft = next?.state === "restart" || (next?.state === "stopping" && step.state !== "online");
  if (!isLeft) return `✔ ${lineOf(step, summaryOf(step.state, view), nowMs)}`;
  return `✗ ${lineOf(step, failureOf(view) ?? "not finished", nowMs)}`;
}

function failureOf({ boot, internet, networkd }: BootView): string | null {
  return networkd?.failure ?? internet?.failure ?? boot?.failure ?? null;
}

/** Why the current step waits before it tries again; empty when it does not. */
function troubleOf(view: BootView): string {
  const [state = ""] = view.detail.split(".");
  if (!/\.(retry|outage)$/.test(view.detail)) return "";
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
