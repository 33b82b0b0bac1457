import type { ComponentChildren } from "preact";
import { type Axis, shareAt, ticksOf } from "../model/axis.ts";
import { latest, type Moment } from "../model/history.ts";
import { type NicBar, type NicPhase, nicRows, type NicRow, phaseWords } from "../model/nics.ts";
import { longestPart, pathWithin, type StepBar, type StepRow, stepRows } from "../model/step-bars.ts";
import { durationWords, short } from "../model/words.ts";
import type { Store } from "./store.ts";

interface Props {
  store: Store;
  moment: Moment;
  /** Up to the shown moment. */
  bars: StepBar[];
  /** Up to now. */
  allBars: StepBar[];
  axis: Axis;
}

const verdictWords = { chosen: "uplink", exit: "exit", lost: "not needed", unusable: "unusable", ignored: "ignored" };

/** Colours that need a word; the others are rare, and their bars tell what they are. */
const legend: NicPhase[] = ["no-carrier", "isolating", "asking", "trying", "unheard", "no-gateway", "silent", "proven"];

/** What the boot waited for, and what each NIC did meanwhile: a row for each step and each NIC. */
export function Timeline({ store, moment, bars, allBars, axis }: Props) {
  const { history, actor } = store.state;
  const steps = stepRows(allBars);
  const shown = new Map(stepRows(bars).map((row) => [row.step, row]));
  const nics = nicRows(history, { seq: latest(history).seq, atMs: axis.totalMs });
  const told = new Map(nicRows(history, moment).map((row) => [row.nic, row]));
  const share = shareAt(axis, moment.atMs);
  const select = (chosen: string) => {
    if (chosen !== "") store.update({ actor: chosen });
  };
  return (
    <div class="timeline">
      <h3 class="rows-heading">Steps</h3>
      <div class="rows steps">
        <Grid axis={axis} />
        {steps.map((row) => (
          <Step
            key={row.step}
            row={row}
            shown={shown.get(row.step) ?? null}
            axis={axis}
            share={share}
            isCurrent={bars.at(-1)?.step === row.step}
            onSelect={select}
          />
        ))}
      </div>
      <h3 class="rows-heading">
        NICs <span class="count">{nics.length}</span>
        <span class="legend">{legend.map((phase) => keyOf(phase))}</span>
      </h3>
      <div class="rows nics" role="group" tabIndex={0} aria-label="NICs">
        <div class="rows-inner">
          <Grid axis={axis} />
          {nics.map((row) => (
            <Nic
              key={row.nic}
              row={row}
              told={told.get(row.nic) ?? null}
              axis={axis}
              share={share}
              isSelected={row.actor === actor}
              onSelect={select}
            />
          ))}
        </div>
      </div>
    </div>
  );
}

function keyOf(phase: NicPhase) {
  return (
    <span key={phase} class="key">
      <span class={`swatch ${phase}`} aria-hidden="true" /> {phaseWords[phase]}
    </span>
  );
}

/** The bars of a row; what comes after the shown moment is veiled. */
function Lane({ share, children }: { share: number; children: ComponentChildren }) {
  const left = `${share * 100}%`;
  return (
    <div class="lane" aria-hidden="true">
      {children}
      <span class="veil" style={{ left }} />
      <span class="playhead" style={{ left }} />
    </div>
  );
}

/** Lines at the axis' times. */
function Grid({ axis }: { axis: Axis }) {
  const folds = axis.pieces.filter(({ isFolded }) => isFolded);
  return (
    <div class="grid" aria-hidden="true">
      {ticksOf(axis, 8).map(({ atMs, share }) => (
        <span key={atMs} class="line" style={{ left: `${share * 100}%` }} />
      ))}
      {folds.map(({ fromMs, fromShare, toShare, toMs }) => (
        <span
          key={fromMs}
          class="fold"
          title={`${durationWords(toMs - fromMs)} without news`}
          style={{ left: `${fromShare * 100}%`, width: `${(toShare - fromShare) * 100}%` }}
        />
      ))}
    </div>
  );
}

/** Where a bar begins and how long it is; what took no time is a thin line. */
function placeOf(axis: Axis, { fromMs, toMs }: { fromMs: number; toMs: number }) {
  const from = shareAt(axis, fromMs);
  return { left: `${from * 100}%`, width: `max(2px, ${(shareAt(axis, toMs) - from) * 100}%)` };
}

interface StepProps {
  row: StepRow;
  /** As far as it had come at the shown moment. */
  shown: StepRow | null;
  axis: Axis;
  /** Where on the axis the shown moment is. */
  share: number;
  isCurrent: boolean;
  onSelect: (actor: string) => void;
}

function Step({ row: { step, bars, actor }, shown, axis, share, isCurrent, onSelect }: StepProps) {
  const visits = shown?.bars ?? [];
  return (
    <div class={`row${isCurrent ? " current" : ""}`} data-step={step} data-ms={shown?.totalMs ?? 0}>
      <button type="button" class="row-name" onClick={() => onSelect(actor)} disabled={actor === ""}>
        {step}
      </button>
      <Lane share={share}>
        {bars.map((bar) => (
          <Bar key={bar.fromMs} bar={bar} axis={axis} />
        ))}
      </Lane>
      <p class="row-words">
        <span class="ms">{visits.length > 0 && durationWords(shown?.totalMs ?? 0)}</span>
        <span class="faint">
          {[visits.length > 1 ? `${visits.length} times` : "", longestWords(visits.at(-1))].filter(Boolean).join(", ")}
        </span>
      </p>
    </div>
  );
}

/** What a step spent most of its time with. */
function longestWords(bar: StepBar | undefined): string {
  const part = bar === undefined || bar.parts.length < 2 ? null : longestPart(bar);
  const inner = bar === undefined || part === null ? "" : pathWithin(bar.step, part.state);
  return inner === "" ? "" : `mostly ${inner}`;
}

/** A bar, in which the innermost states take turns in shade and what is tried again stands out. */
function Bar({ bar, axis }: { bar: StepBar; axis: Axis }) {
  const parts = bar.parts.filter(({ fromMs, toMs }) => toMs > fromMs);
  const lines = parts.map(
    ({ state, fromMs, toMs }) => `${short([state]) || bar.step}: ${durationWords(toMs - fromMs)}`,
  );
  const told = lines.length > 12 ? [...lines.slice(0, 12), "…"] : lines;
  const tone = bar.step === "online" ? "good" : bar.step === "restart" || bar.step === "fallBack" ? "bad" : "plain";
  return (
    <span
      class={`bar ${tone}`}
      style={placeOf(axis, bar)}
      title={[`${bar.step}, ${durationWords(bar.toMs - bar.fromMs)}`, ...told].join("\n")}
    >
      {parts.length <= 200 &&
        parts.map((part, index) => {
          const [from, to] = [shareAt(axis, bar.fromMs), shareAt(axis, bar.toMs)];
          const width = Math.max(1e-9, to - from);
          const left = (shareAt(axis, part.fromMs) - from) / width;
          const right = (shareAt(axis, part.toMs) - from) / width;
          const isRetry = /\.(retry|outage|degraded)/.test(part.state);
          return (
            <span
              key={part.fromMs}
              class={`part${isRetry ? " retry" : index % 2 === 1 ? " odd" : ""}`}
              style={{ left: `${left * 100}%`, width: `${(right - left) * 100}%` }}
            />
          );
        })}
    </span>
  );
}

interface NicProps {
  row: NicRow;
  /** As it stood at the shown moment. */
  told: NicRow | null;
  axis: Axis;
  share: number;
  isSelected: boolean;
  onSelect: (actor: string) => void;
}

function Nic({ row: { nic, actor, bars }, told, axis, share, isSelected, onSelect }: NicProps) {
  const { verdict, words } = told ?? { verdict: null, words: "" };
  return (
    <div class={`row${isSelected ? " selected" : ""}`} data-nic={nic}>
      <button
        type="button"
        class="row-name"
        onClick={() => onSelect(actor)}
        disabled={actor === ""}
        aria-pressed={isSelected}
      >
        {nic}
      </button>
      <Lane share={share}>
        {bars.map((bar) => (
          <span
            key={`${bar.family} ${bar.fromMs}`}
            class={`nic-bar ${bar.family} ${bar.phase}`}
            style={placeOf(axis, bar)}
            title={nicTitle(bar)}
          />
        ))}
      </Lane>
      <p class="row-words" title={words}>
        {verdict !== null && <span class={`verdict ${verdict.verdict}`}>{verdictWords[verdict.verdict]}</span>}
        <span class="faint">{words}</span>
      </p>
    </div>
  );
}

function nicTitle({ family, phase, fromMs, toMs }: NicBar): string {
  const who = family === "both" ? "" : family === "v4" ? "IPv4: " : "IPv6: ";
  return `${who}${phaseWords[phase]}, ${durationWords(toMs - fromMs)}`;
}
