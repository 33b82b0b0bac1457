import type { ChartState } from "../chart/chart.ts";
import type { Rect } from "./geometry.ts";
import type { PlacedText } from "./text.ts";

/** A box with a place; the dot and the pill that arrows begin at are boxes too. */
export interface PlacedBox extends Rect {
  id: string;
  kind: ChartState["kind"] | "start" | "any";
  /** Where the happy path runs through, for boxes on it. */
  spineX: number | null;
  texts: PlacedText[];
}

/** All measures are multiples of this, so that arrows between them can run on a grid. */
export const gridPx = 8;

/** Whether other boxes are in it. */
export function isGroup({ kind }: Pick<PlacedBox, "kind">): boolean {
  return kind === "compound" || kind === "parallel";
}

/** The next multiple of the grid's step, or of a number of them. */
export function onGrid(value: number, steps = 1): number {
  return Math.ceil(value / gridPx / steps) * gridPx * steps;
}
