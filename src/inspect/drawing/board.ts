import { isGroup, type PlacedBox } from "./box.ts";
import type { Edge } from "./diagram.ts";
import type { Point, Rect } from "./geometry.ts";
import { Grid } from "./grid.ts";
import type { PlacedText } from "./text.ts";

/** An arrow with its way, from box to box, and the lines of its label. */
export interface PlacedEdge extends Edge {
  points: Point[];
  texts: PlacedText[];
}

/** All that is drawn so far. */
export interface Board {
  grid: Grid;
  boxes: PlacedBox[];
  edges: PlacedEdge[];
  /** Arrows between two boxes that are connected in both directions. */
  twins: Set<string>;
}

/** A board with boxes and no arrows yet. */
export function boardOf(boxes: PlacedBox[], edges: readonly Edge[]): Board {
  const isTwin = (a: Edge) => edges.some((b) => a.from === b.to && a.to === b.from);
  const twins = new Set(edges.filter(isTwin).map(({ id }) => id));
  return { grid: gridOf(boxes, []), boxes, edges: [], twins };
}

/** Draws an arrow. */
export function add(edge: PlacedEdge, { grid, edges }: Board): void {
  grid.take(edge.points);
  edges.push(edge);
}

/** Takes arrows off, so that others can have their room. */
export function remove(ids: readonly string[], board: Board): void {
  restore(
    board.edges.filter(({ id }) => !ids.includes(id)),
    board,
  );
}

/** Draws these arrows and no others. */
export function restore(edges: readonly PlacedEdge[], board: Board): void {
  board.edges = [...edges];
  board.grid = gridOf(board.boxes, edges);
}

function gridOf(boxes: PlacedBox[], edges: readonly PlacedEdge[]): Grid {
  const [root] = boxes;
  const grid = new Grid(2 * (root?.x ?? 0) + (root?.width ?? 0), 2 * (root?.y ?? 0) + (root?.height ?? 0));
  for (const box of boxes) if (isGroup(box)) grid.take(outlineOf(box));
  for (const { points } of edges) grid.take(points);
  return grid;
}

function outlineOf({ x, y, width, height }: Rect): Point[] {
  const [right, bottom] = [x + width, y + height];
  return [
    { x, y },
    { x: right, y },
    { x: right, y: bottom },
    { x, y: bottom },
    { x, y },
  ];
}
