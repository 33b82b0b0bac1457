import { bootMachine } from "../../../machines/boot.ts";
import { internetMachine } from "../../../machines/internet.ts";
import { networkdMachine } from "../../../machines/networkd.ts";
import type { Settings } from "../../contract.ts";
import { chartOf } from "../chart/chart.ts";
import { allCharts } from "../chart/machines.ts";
import { delaySources } from "../chart/delay-sources.ts";
import { type Diagram, diagramOf } from "./diagram.ts";
import { happyPathsOf } from "../chart/happy-paths.ts";
import { layout, type Placed } from "./arrange.ts";
import { overviewOf } from "./overview.ts";
import { indexOf, pageOf } from "./markdown.ts";
import { svgOf } from "./svg.ts";

/** All that is to be drawn, by the name of the picture: the overview, and each machine by itself. */
export function allDiagrams(): Map<string, Diagram> {
  const overview = overviewOf(chartOf(bootMachine), {
    internet: chartOf(internetMachine),
    networkd: chartOf(networkdMachine),
  });
  const single = allCharts().map((chart): [string, Diagram] => [
    chart.root.name,
    diagramOf(chart, happyPathsOf(chart.root.name)),
  ]);
  return new Map([["overview", overview], ...single]);
}

/** All pictures, with a place for everything in them. */
export function allPictures(): Map<string, Placed> {
  return new Map([...allDiagrams()].map(([name, diagram]) => [name, layout(diagram)]));
}

/**
 * The files of docs/statecharts/ by name. The same machines always give the same files.
 *
 * @param settings lengths of delays that a configuration sets; pass the defaults
 * @param placed all pictures
 * @throws Error when a delay has no source, or a path or plan of the pictures does not fit the machines any more
 */
export function documents(settings: Settings, placed: Map<string, Placed>): Map<string, string> {
  const charts = allCharts();
  const sources = delaySources(settings);
  const pictures = [...placed].map(([name, picture]): [string, string] => [
    `${name}.svg`,
    svgOf(picture, name === "overview" ? "Statechart of the whole boot" : `Statechart of ${name}`),
  ]);
  const pages = charts.map((chart): [string, string] => [`${chart.root.name}.md`, pageOf(chart, sources)]);
  return new Map([["README.md", indexOf(charts)], ...pictures, ...pages]);
}
