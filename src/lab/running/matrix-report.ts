import { destinations, kinds, parties } from "../../policy/reach-matrix.ts";
import type { Layout } from "../layouts/layout.ts";
import type { TriedPath } from "../proving/path-mtu.ts";
import type { TriedCell } from "../proving/reach-cells.ts";
import { inColumns } from "./columns.ts";
import { kernel } from "./scene.ts";

/** The phase of another matrix than the default. */
export const openPhase = "with lanAccess: allow";

/** What a trial of the matrix found, as `--json` prints it. */
export interface MatrixReport {
  layout: string;
  kernel: string;
  phases: string[];
  cells: TriedCell[];
  paths: TriedPath[];
  /** Everything that is not as the matrix says, one line each. */
  problems: string[];
}

/** The report of what was tried. */
export function matrixReportOf({
  layout,
  cells,
  paths,
  troubles,
}: Pick<MatrixReport, "cells" | "paths"> & { layout: Layout; troubles: readonly string[] }): MatrixReport {
  return {
    layout: layout.name,
    kernel,
    phases: [...new Set(cells.map(({ phase }) => phase))],
    cells,
    paths,
    problems: [
      ...troubles,
      ...cells.filter(({ isAsPromised }) => !isAsPromised).map(problemOf),
      ...paths.flatMap((path) => (isGoodPath(path) ? [] : [pathWords(path)])),
    ],
  };
}

function problemOf({ phase, from, to, family, expected, through, seen }: TriedCell): string {
  const saw = kinds.map((kind) => `${kind} ${seen[kind]}`).join(", ");
  const but = through.length > 0 && expected === "named" ? ` but ${through.join(", ")}` : "";
  return `${phase}: ${from} to ${parties[to][0]} over ${family} is ${expected}${but}; seen: ${saw}`;
}

function isGoodPath({ isThrough, learntBytes, mtuBytes }: TriedPath): boolean {
  return isThrough && learntBytes === mtuBytes;
}

function pathWords({ family, mtuBytes, isThrough, learntBytes }: TriedPath): string {
  const came = isThrough ? "gets through" : "does not get through";
  return `a transfer over ${family} by a path of ${mtuBytes} bytes ${came}, of which the resource has learnt ${learntBytes ?? "nothing"}`;
}

/** The matrix as it was seen, for people. */
export function renderMatrix({ cells, phases, paths, problems }: MatrixReport): string[] {
  const usual = cells.filter(({ phase }) => phase !== openPhase);
  const froms = [...new Set(usual.map(({ row, from }) => `${parties[row][0]} (${from})`))];
  const tables = (["v4", "v6"] as const).flatMap((family) => {
    const rows = froms.map((from) => [
      from,
      ...destinations.map((to) =>
        wordFor(
          usual.filter(
            (cell) => cell.family === family && cell.to === to && `${parties[cell.row][0]} (${cell.from})` === from,
          ),
        ),
      ),
    ]);
    return ["", ...inColumns([[family, ...destinations.map((to) => parties[to][0])], ...rows], () => false)];
  });
  return [
    ...tables,
    "",
    `tried ${phases.join(", ")}: ${cells.length} cells by ${kinds.join(", ")}`,
    ...paths.map((path) => `${isGoodPath(path) ? "✓" : "✗"} ${pathWords(path)}`),
    ...(problems.length === 0 ? ["✓ all as docs/reach.md says"] : problems.map((problem) => `✗ ${problem}`)),
  ];
}

function wordFor(cells: readonly TriedCell[]): string {
  const [first] = cells;
  if (first === undefined) return "–";
  return `${cells.every(({ isAsPromised }) => isAsPromised) ? "" : "✗ "}${first.expected}`;
}
