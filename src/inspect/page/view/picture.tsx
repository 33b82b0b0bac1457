import { useEffect, useRef, useState } from "preact/hooks";
import type { ChartState } from "../../chart/chart.ts";
import type { Moment } from "../model/history.ts";
import { litOf, ownIdOf, shownActor } from "../model/lit.ts";
import { nameOf } from "../model/tree.ts";
import { type Drawing, loadDrawing } from "./drawing.ts";
import { light } from "./light.ts";
import type { Store } from "./store.ts";

interface Props {
  store: Store;
  moment: Moment;
  states: ReadonlyMap<string, ChartState>;
}

const zooms = { least: 0.35, most: 1.5, step: 0.15, readable: 0.72 };
const statusWords = { active: "", done: "done", error: "failed", stopped: "stopped" };

/** The selected actor's statechart with its active states lit, and the transition just taken flashing. */
export function Picture({ store, moment, states }: Props) {
  const { history, actor } = store.state;
  const life = shownActor(history, actor, moment);
  const lit = life === null ? null : litOf(history, life, moment);
  const [zoom, setZoom] = useState<number | null>(null);
  const pane = useRef<HTMLDivElement>(null);
  const drawing = useDrawing(pane, lit?.picture ?? "overview", zoom);
  useEffect(() => {
    if (drawing !== null && pane.current !== null) light(drawing, pane.current, lit);
  });
  const scale = drawing?.scale ?? 1;
  const zoomBy = (by: number) => {
    setZoom(Math.min(zooms.most, Math.max(zooms.least, scale + by)));
  };
  const active = (lit?.states ?? []).map(ownIdOf);
  return (
    <section class="card chart" aria-labelledby="chart-heading">
      <div class="card-head">
        <h2 id="chart-heading">{life === null ? nameOf(actor) : nameOf(life.actor)}</h2>
        {lit !== null && lit.status !== "active" && (
          <span class={`status ${lit.status}`}>{statusWords[lit.status]}</span>
        )}
        {life?.error != null && <span class="status error">{life.error}</span>}
        <div class="zoom" role="group" aria-label="Size of the picture">
          <button type="button" aria-label="Smaller" onClick={() => zoomBy(-zooms.step)}>
            −
          </button>
          <button type="button" onClick={() => setZoom(null)} aria-pressed={zoom === null}>
            Auto
          </button>
          <button type="button" aria-label="Larger" onClick={() => zoomBy(zooms.step)}>
            +
          </button>
        </div>
      </div>
      <ul class="active-states" aria-label="Active states">
        {active.map((id) => (
          <li key={id} data-active={id}>
            <strong>{id.slice(id.indexOf(".") + 1)}</strong> <span>{states.get(id)?.description ?? ""}</span>
          </li>
        ))}
        {active.length === 0 && <li>{life === null ? "Not begun yet." : "Nothing is active."}</li>}
      </ul>
      <div ref={pane} class="picture" tabIndex={0} role="region" aria-label="Statechart" />
    </section>
  );
}

/** Puts a picture into the pane, as large as it is readable. */
function useDrawing(pane: { current: HTMLDivElement | null }, name: string, zoom: number | null): Drawing | null {
  const [drawing, setDrawing] = useState<Drawing | null>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    if (pane.current === null) return;
    const observer = new ResizeObserver(([entry]) => {
      setWidth(Math.floor(entry?.contentRect.width ?? 0));
    });
    observer.observe(pane.current);
    return () => {
      observer.disconnect();
    };
  }, []);
  useEffect(() => {
    let isWanted = true;
    void loadDrawing(name).then((loaded) => {
      if (!isWanted) return;
      pane.current?.replaceChildren(loaded.svg);
      setDrawing(loaded);
    });
    return () => {
      isWanted = false;
    };
  }, [name]);
  if (drawing !== null && width > 0) {
    drawing.scale = zoom ?? Math.min(1.1, Math.max(zooms.readable, width / drawing.width));
    drawing.svg.setAttribute("width", String(Math.round(drawing.width * drawing.scale)));
    drawing.svg.setAttribute("height", String(Math.round(drawing.height * drawing.scale)));
  }
  return drawing;
}
