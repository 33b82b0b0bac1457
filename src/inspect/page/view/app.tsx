import { useErrorBoundary, useMemo } from "preact/hooks";
import { axisOf, quietStretches } from "../model/axis.ts";
import { allStates, type Chart } from "../../chart/chart.ts";
import { latest } from "../model/history.ts";
import { stepBars } from "../model/step-bars.ts";
import { headlineOf } from "../model/headline.ts";
import { Header } from "./header.tsx";
import { Panel } from "./panel.tsx";
import { Picture } from "./picture.tsx";
import { nowMs, shownMoment, type Store } from "./store.ts";
import { usePassingTime } from "./time.ts";
import { Timeline } from "./timeline.tsx";
import { Transport } from "./transport.tsx";
import { Tree } from "./tree.tsx";
import { useStore } from "./use-store.ts";

interface AppProps {
  store: Store;
  charts: Chart[];
}

/** The whole page, or why it cannot show what the stream tells: anybody can have written a recording. */
export function App(props: AppProps) {
  const [error] = useErrorBoundary() as [error: unknown, reset: () => void];
  if (error === undefined) return <Shown {...props} />;
  return (
    <main>
      <p role="alert">
        What the program told cannot be shown, for it makes no sense{error instanceof Error && `: ${error.message}`}
      </p>
    </main>
  );
}

function Shown({ store, charts }: AppProps) {
  const state = useStore(store);
  const { history } = state;
  const moment = shownMoment(state);
  const totalMs = nowMs(state);
  const states = useMemo(
    () => new Map(charts.flatMap(({ root }) => allStates(root)).map((each) => [each.id, each])),
    [charts],
  );
  const allBars = stepBars(history, { seq: latest(history).seq, atMs: totalMs });
  const bars = state.moment === null ? allBars : stepBars(history, moment);
  const axis = axisOf(totalMs, quietStretches(allBars, totalMs));
  const headline = headlineOf({ history, bars, states }, moment);
  usePassingTime(store, axis, bars.at(-1)?.parts.at(-1)?.state === "online.watching");
  return (
    <>
      <Header state={state} headline={headline} />
      <main>
        <section class="card times" aria-labelledby="times-heading">
          <h2 id="times-heading" class="hidden">
            Timeline
          </h2>
          <Transport store={store} moment={moment} totalMs={totalMs} axis={axis} />
          <Timeline store={store} moment={moment} bars={bars} allBars={allBars} axis={axis} />
        </section>
        <Tree store={store} moment={moment} />
        <Picture store={store} moment={moment} states={states} />
        <Panel store={store} moment={moment} />
      </main>
    </>
  );
}
