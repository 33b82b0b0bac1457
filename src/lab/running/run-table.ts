import { inColumns } from "./columns.ts";
import type { LayoutRun } from "./parallel-runs.ts";
import type { Expected, Layout } from "../layouts/layout.ts";

/** What a boot comes to, in words. */
export function expectationOf({ outcome, uplink, exit, passes }: Expected): string {
  const before = passes.map(({ state }) => `${state}, then `).join("");
  const nameOf = (nic: string | RegExp | null) => (nic instanceof RegExp ? "any" : (nic ?? "none"));
  const through = uplink === null ? "" : ` on ${nameOf(uplink)}`;
  const other = nameOf(exit);
  const beyond = exit === uplink || outcome !== "online" ? "" : `, workloads through ${other}`;
  return `${before}${outcome}${through}${beyond}`;
}

/** The table of all layouts in Markdown. */
export function markdownOf(layouts: readonly Layout[]): string {
  const rows = layouts.map(({ name, summary, expected }) => `| ${name} | ${summary} | ${expectationOf(expected)} |`);
  return ["| layout | the node has | the boot comes to |", "|---|---|---|", ...rows].join("\n");
}

const marks = ["<!-- layouts -->", "<!-- /layouts -->"] as const;

/**
 * A text with the table between its marks.
 *
 * @throws Error when the marks are not there
 */
export function withTable(text: string, layouts: readonly Layout[]): string {
  const [from, to] = marks.map((mark) => text.indexOf(mark));
  if (from === undefined || to === undefined || from < 0 || to < from) throw new Error(`no ${marks.join(" … ")}`);
  return `${text.slice(0, from)}${marks[0]}\n${markdownOf(layouts)}\n${text.slice(to)}`;
}

/** One line for each run, in columns. */
export function renderRuns(runs: readonly LayoutRun[]): string[] {
  const rows = runs.map(rowOf);
  const head = ["", "layout", "outcome", "uplink", "exit", "ms", "proof"];
  return inColumns([head, ...rows], (column) => head[column] === "ms");
}

function rowOf({ layout, code, report }: LayoutRun): string[] {
  const mark = code === 0 ? "✓" : "✗";
  if (report === null) return [mark, layout.name, "nothing", "", "", "", ""];
  const { outcome, uplink, exit, totalMs, proof, leftovers } = report;
  const applicable = Object.entries(proof).filter(([, isProven]) => isProven !== null);
  const failed = applicable.filter(([, isProven]) => isProven === false).map(([name]) => `not ${name}`);
  const proven = applicable.length === 0 ? "–" : `${applicable.length - failed.length} of ${applicable.length}`;
  const left = leftovers.length === 0 ? [] : [`${leftovers.length} left behind`];
  const said = [proven, ...failed, ...left].join(", ");
  return [mark, layout.name, outcome ?? "nothing", uplink ?? "–", exit ?? "–", String(totalMs), said];
}

/** One line for a run that is over, while others go on. */
export function renderRun({ layout, code, report }: LayoutRun): string {
  return `${code === 0 ? "✓" : "✗"} ${layout.name}: ${report?.outcome ?? "nothing"} in ${report?.totalMs ?? "?"} ms`;
}
