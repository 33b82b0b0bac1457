import { inColumns } from "../running/columns.ts";
import { type BenchFigures, inShort, type LayoutFigures, missedIn, ratioOf } from "./figures.ts";

type Row = [name: string, of: (figures: LayoutFigures) => number | null | undefined];

/** The figures as tables for people, and what of them is more than it should be. */
export function renderBench(figures: BenchFigures): string[] {
  const { machine, runs, layouts, failovers } = figures;
  const missed = missedIn(figures);
  const lost = failovers.map(({ scenario, v4Ms, v6Ms }) => [scenario, cellOf(v4Ms), cellOf(v6Ms)]);
  return [
    machine,
    `medians of ${runs}, ms:`,
    ...tableOf(["", ...layouts.map(({ layout }) => layout)], rowsFor(layouts)),
    ...(lost.length === 0 ? [] : ["", ...tableOf(["ms without an answer", "IPv4", "IPv6"], lost)]),
    "",
    ...(missed.length === 0 ? ["✓ all within their limits"] : missed.map((each) => `✗ ${each}`)),
  ];
}

function rowsFor(layouts: readonly LayoutFigures[]): string[][] {
  const states = [...new Set(layouts.flatMap((each) => Object.keys(each.states)))];
  const rows: Row[] = [
    ["program start to online", ({ bootMs }) => bootMs],
    ...states.map((state): Row => [`  ${state}`, (each) => each.states[state]]),
    ["an empty Node.js program", ({ emptyMs }) => emptyMs],
    ["the baseline script", ({ baselineMs }) => baselineMs],
    ["times (empty + baseline)", ratioOf],
    ["zos-boot --version", ({ versionMs }) => versionMs],
    ["zos-boot status", ({ statusMs }) => statusMs],
    ["commands to online", ({ commands }) => commands],
    ["peak memory, MiB", ({ peakKib }) => peakKib / 1_024],
    ["memory after a minute, MiB", ({ quiet }) => (quiet === null ? undefined : quiet.residentKib / 1_024)],
    ["commands in a quiet minute", ({ quiet }) => quiet?.commands],
    ["CPU in a quiet minute", ({ quiet }) => quiet?.cpuMs],
  ];
  return rows.map(([name, of]) => [name, ...layouts.map((each) => cellOf(of(each) ?? null))]);
}

function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return inColumns([head, ...rows], (column) => column > 0);
}

function cellOf(value: number | null): string {
  return value === null ? "–" : inShort(value);
}
