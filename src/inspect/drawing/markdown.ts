import { allStates, type Chart, type ChartState, type ChartTransition } from "../chart/chart.ts";
import { countOf } from "../chart/guard-words.ts";
import type { DelaySource } from "../chart/delay-sources.ts";

/**
 * A machine's page: picture, states, transitions and delays.
 *
 * @throws Error when a delay has no source
 */
export function pageOf(chart: Chart, delays: Readonly<Record<string, DelaySource>>): string {
  const { root, transitions } = chart;
  const short = shortener(root);
  const states = allStates(root)
    .slice(1)
    .map((state) => [code(short(state.id)), kindOf(state), state.description]);
  const rows = transitions.map((each) => transitionRow(each, short));
  const sections = [
    `# ${root.name}`,
    root.description,
    `![Statechart of ${root.name}](${root.name}.svg)`,
    "Generated from the machine by `npm run docs`: do not edit. [All statecharts](README.md)",
    "## States",
    table(["state", "kind", "description"], states),
    "## Transitions",
    table(["from", "when", "guard", "to", "actions"], rows),
  ];
  if (chart.delays.length > 0)
    sections.push("## Delays", table(["delay", "length", "source"], delayRows(chart, delays)));
  return `${sections.join("\n\n")}\n`;
}

/** The page that leads to the others. */
export function indexOf(charts: readonly Chart[]): string {
  const rows = charts.map((chart) => [
    `[${chart.root.name}](${chart.root.name}.md)`,
    chart.root.description,
    String(allStates(chart.root).length - 1),
    String(chart.transitions.length),
  ]);
  const sections = [
    "# Statecharts",
    "![The whole boot](overview.svg)",
    "The whole boot in one picture: `boot` with the steps of `internet` and `networkd` in it. Green is the way of a healthy boot; dashed " +
      "lines are what happens when something fails or gets lost. What happens inside a step, such as its attempts, is on the pages below.",
    "How to read the pictures: the way of a healthy run stands on the left, from above to below, what is beside it on the right of that. A label " +
      "stands on its arrow, near its beginning where there is room: what must happen, then in brackets what must hold. A guard that " +
      "counts says how far. The legend in each picture explains its marks.",
    table(["machine", "what it does", "states", "transitions"], rows),
    "How to read the tables: `X done` and `X fails` are results of the effect or machine X, `after X` is the end of the delay X, guards " +
      "stand in brackets in the pictures, `else` is what remains when no guard before it holds.",
    "Everything here is generated from the machines in `machines/` by `npm run docs`; a test fails when it is out of date.",
  ];
  return `${sections.join("\n\n")}\n`;
}

function shortener(root: ChartState): (id: string) => string {
  return (id) => (id === root.id ? root.name : id.slice(root.id.length + 1));
}

function kindOf({ kind, states }: ChartState): string {
  if (kind === "final" || kind === "parallel") return kind;
  return states.length === 0 ? "" : "compound";
}

function transitionRow(
  { from, to, event, guard, isElse, actions }: ChartTransition,
  short: (id: string) => string,
): string[] {
  const condition = guard === null ? (isElse ? "else" : "") : [code(guard), countOf(guard)].filter(Boolean).join(": ");
  return [
    code(short(from)),
    event === "" ? "at once" : event,
    condition,
    to === null ? "(stays)" : code(short(to)),
    actions.map(worded).join(", "),
  ];
}

function worded(action: string): string {
  return action.includes(" ") ? action : code(action);
}

function delayRows({ root, delays }: Chart, sources: Readonly<Record<string, DelaySource>>): string[][] {
  return delays.map((name) => {
    const found = sources[name];
    if (found === undefined)
      throw new Error(`src/inspect/chart/delay-sources.ts has no entry for the delay ${name} of ${root.name}`);
    return [code(name), found.value, found.source];
  });
}

function code(text: string): string {
  return `\`${text}\``;
}

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
