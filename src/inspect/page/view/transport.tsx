import { useRef } from "preact/hooks";
import { type Axis, shareAt, ticksOf, timeAt } from "../model/axis.ts";
import { lifeAt, type Moment } from "../model/history.ts";
import { clockWords, durationWords, tickWords } from "../model/words.ts";
import { stepBy } from "./keys.ts";
import { isLive, seek, type Store, togglePlaying } from "./store.ts";

const rates = [0.1, 0.25, 1, 4];

interface Props {
  store: Store;
  moment: Moment;
  totalMs: number;
  axis: Axis;
}

/** Play, hold, step, and the slider that shows and sets the moment that the whole page shows. */
export function Transport(props: Props) {
  const { store, moment, totalMs } = props;
  const { playing, rate, moment: held } = store.state;
  const isHolding = held === null && isLive(store.state);
  const label = playing !== null || isHolding ? "Pause" : "Play";
  return (
    <>
      <div class="transport" role="group" aria-label="Playback">
        <Button label="Step back (Left)" icon="M11 3 5 8l6 5z" onClick={() => stepBy(store, -1)} />
        <button type="button" class="play" title={`${label} (Space)`} onClick={() => togglePlaying(store)}>
          <Icon path={label === "Pause" ? "M4 3h3v10H4zM9 3h3v10H9z" : "M4 2.5 13 8l-9 5.5z"} />
          {label}
        </button>
        <Button label="Step on (Right)" icon="M5 3l6 5-6 5z" onClick={() => stepBy(store, 1)} />
        <label class="rate">
          <span class="hidden">Speed</span>
          <select
            value={rate}
            onChange={({ currentTarget }) => {
              const chosen = Number(currentTarget.value);
              store.update({ rate: chosen, ...(playing === null ? {} : { playing: chosen }) });
            }}
          >
            {rates.map((each) => (
              <option key={each} value={each}>
                {each}×
              </option>
            ))}
          </select>
        </label>
        <p class="clock">
          <span class="clock-now">{clockWords(moment.atMs)}</span> of{" "}
          <span data-total-ms={totalMs}>{clockWords(totalMs)}</span>
          {totalMs < 60_000 && " s"}
        </p>
        <p class="keys">
          <kbd>Space</kbd> plays and pauses, <kbd>←</kbd> <kbd>→</kbd> step, <kbd>Home</kbd> <kbd>End</kbd>
        </p>
        <button
          type="button"
          class="latest"
          disabled={held === null}
          title="Show the latest moment (End)"
          onClick={() => store.update({ moment: null, playing: null })}
        >
          {isLive(store.state) ? "Go live" : "To the end"}
        </button>
      </div>
      <Slider {...props} />
    </>
  );
}

function Button({ label, icon, onClick }: { label: string; icon: string; onClick: () => void }) {
  return (
    <button type="button" class="icon" aria-label={label} title={label} onClick={onClick}>
      <Icon path={icon} />
    </button>
  );
}

function Icon({ path }: { path: string }) {
  return (
    <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
      <path d={path} fill="currentColor" />
    </svg>
  );
}

/** The time axis; whoever drags along it goes through history. */
function Slider({ store, moment, totalMs, axis }: Props) {
  const line = useRef<HTMLDivElement>(null);
  const seekTo = ({ clientX }: PointerEvent) => {
    const { left, width } = line.current?.getBoundingClientRect() ?? { left: 0, width: 1 };
    seek(store, timeAt(axis, Math.min(1, Math.max(0, (clientX - left) / width))));
  };
  const share = shareAt(axis, moment.atMs);
  return (
    <div class="axis">
      <div
        ref={line}
        class="slider"
        role="slider"
        tabIndex={0}
        aria-label="Moment"
        aria-valuemin={0}
        aria-valuemax={Math.round(totalMs)}
        aria-valuenow={Math.round(moment.atMs)}
        aria-valuetext={`${durationWords(moment.atMs)} of ${durationWords(totalMs)}${stateWords(store, moment)}`}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          store.update({ playing: null });
          seekTo(event);
        }}
        onPointerMove={(event) => {
          if (event.currentTarget.hasPointerCapture(event.pointerId)) seekTo(event);
        }}
      >
        {ticksOf(axis, 8).map(({ atMs, share: place }) => (
          <span key={atMs} class="tick" style={{ left: `${place * 100}%` }}>
            {tickWords(atMs)}
          </span>
        ))}
        <span class="track" />
        <span class="passed-time" style={{ width: `${share * 100}%` }} />
        <span class="thumb" style={{ left: `${share * 100}%` }} />
      </div>
    </div>
  );
}

function stateWords({ state: { history } }: Store, moment: Moment): string {
  const life = lifeAt(history, "boot", moment);
  return life === null ? "" : `, entry ${moment.seq + 1} of ${history.nextSeq}`;
}
