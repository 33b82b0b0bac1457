import { render } from "preact";
import type { Chart } from "../../chart/chart.ts";
import { hashOf, selectionOf } from "../model/selected.ts";
import { App } from "./app.tsx";
import { connect } from "./event-source.ts";
import { listenToKeys } from "./keys.ts";
import { createStore, seekEntry } from "./store.ts";

const store = createStore(location.hash);
const charts = (await (await fetch("/charts.json")).json()) as Chart[];
const root = document.getElementById("page");
if (root !== null) render(<App store={store} charts={charts} />, root);
connect(store);
listenToKeys(store);

let written = location.hash;
store.subscribe(() => {
  const { actor, moment, playing } = store.state;
  if (playing !== null) return;
  const hash = hashOf({ actor, seq: moment?.seq ?? null });
  if (hash === written) return;
  written = hash;
  history.replaceState(null, "", hash);
});
addEventListener("hashchange", () => {
  if (location.hash === written) return;
  written = location.hash;
  const { actor, seq } = selectionOf(location.hash);
  store.update({ actor, moment: null, playing: null });
  if (seq !== null) seekEntry(store, seq);
});
