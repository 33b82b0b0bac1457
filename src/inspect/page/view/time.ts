import { useEffect } from "preact/hooks";
import { type Axis, played } from "../model/axis.ts";
import { seek, type Store } from "./store.ts";

/** How often the clock moves: while something is going on, and while nothing is. */
const tickMs = { busy: 100, quiet: 1_000 };

/** Lets the time pass on the page: plays what is played, and moves the clock of a running program. */
export function usePassingTime(store: Store, axis: Axis, isQuiet: boolean): void {
  const { playing, connection, moment } = store.state;
  useEffect(() => {
    if (playing === null) return;
    let lastMs = performance.now();
    let frame = requestAnimationFrame(function step(timeMs) {
      const elapsedMs = Math.max(0, timeMs - lastMs) * playing;
      lastMs = timeMs;
      seek(store, played(axis, store.state.moment?.atMs ?? 0, elapsedMs));
      if (store.state.playing !== null) frame = requestAnimationFrame(step);
    });
    return () => {
      cancelAnimationFrame(frame);
    };
  }, [playing, axis.totalMs]);
  useEffect(() => {
    if (connection !== "live" || moment !== null) return;
    const timer = setInterval(
      () => {
        store.update({});
      },
      isQuiet ? tickMs.quiet : tickMs.busy,
    );
    return () => {
      clearInterval(timer);
    };
  }, [connection, moment === null, isQuiet]);
}
