import type { Board } from "./board.ts";
import { gridPx, isGroup, type PlacedBox } from "./box.ts";
import { type Edge, isWithin } from "./diagram.ts";
import { grown, type Point, type Rect } from "./geometry.ts";
import { ahead, type Direction, directions, type Grid, type Stop, turnOf } from "./grid.ts";
import { type Label, labelOn } from "./label.ts";
import { portsOf, stubSteps } from "./box-sides.ts";
import { cheapest, type Port } from "./search.ts";
import { labelBlock } from "./text.ts";

/** The boxes at which an arrow begins and ends. */
export type Ends = [PlacedBox, PlacedBox];

/** A way for an arrow, with its label. */
export interface Route {
  points: Point[];
  label: Label | null;
  /** What the way costs, in steps. */
  cost: number;
}

/** Labels that are further from the beginning of their arrow are worth another way. */
const nearPx = 100;

/** The cheapest way, or, when its label has no room there, the cheapest over other sides on which it has; null when there is no way. */
export function bestRoute(edge: Edge, ends: Ends, board: Board): Route | null {
  const blocked = obstacles(edge, ends, board);
  const search = (sides: Sides, limit: number): Route | null => {
    const { leaving, arriving } = portsFor(edge, ends, { board, ...sides });
    const [starts, goals] = [free(leaving, blocked, board), free(arriving.map(reversed), blocked, board)];
    const way = cheapest({ grid: board.grid, blocked, from: starts, to: goals, limit });
    if (way === null) return null;
    const points = pointsOf(way.stops);
    return { points, label: labelOn(points, labelBlock(edge.labels), board), cost: way.cost };
  };
  let best = search({ from: directions, to: directions, lean: noLean }, Infinity);
  if (best?.label == null || best.label.penalty + best.label.wish < nearPx) return best;
  for (const sides of allSides) {
    const other = search(sides, weight(best) / gridPx);
    if (other !== null && weight(other) < weight(best)) best = other;
  }
  return best;
}

/** Sides of boxes at which an arrow may begin and end, and where on each it should be, if that matters. */
interface Sides {
  from: readonly Direction[];
  to: readonly Direction[];
  lean: readonly [number | null, number | null];
}

const noLean = [null, null] as const;

/** What is tried for an arrow whose label finds no room: each side of its boxes, then corners instead of the middle. */
const allSides: readonly Sides[] = [
  ...directions.flatMap((from) => directions.map((to) => ({ from: [from], to: [to], lean: noLean }))),
  ...(
    [
      [0.2, null],
      [0.8, null],
      [null, 0.2],
      [null, 0.8],
    ] as const
  ).map((lean) => ({ from: directions, to: directions, lean })),
];

/** Where an arrow may begin and end. */
function portsFor(edge: Edge, ends: Ends, { board, from, to, lean }: Sides & { board: Board }) {
  const isHappy = edge.tone === "happy" && ends.every(({ spineX }) => spineX !== null);
  const twin = !board.twins.has(edge.id) ? null : edge.isBackward ? "back" : "there";
  const options = { grid: board.grid, isHappy, twin } as const;
  return {
    leaving: from.flatMap((side) => portsOf(ends[0], side, { ...options, lean: lean[0], stub: stubSteps.first })),
    arriving: to.flatMap((side) => portsOf(ends[1], side, { ...options, lean: lean[1], stub: stubSteps.last })),
  };
}

function weight({ cost, label }: Route): number {
  return cost * gridPx + (label === null ? 0 : label.penalty + label.wish * 2);
}

function reversed(port: Port): Port {
  return { ...port, direction: turnOf(port.direction) };
}

function free(ports: Port[], blocked: Uint8Array, { grid }: Board): Port[] {
  return ports.filter(({ col, row }) => blocked[row * grid.cols + col] === 0);
}

/** Boxes that the arrow has no business in, texts, and everything outside of the state in which it runs. */
function obstacles(edge: Edge, ends: Ends, { grid, boxes, edges }: Board): Uint8Array {
  const contains = (box: PlacedBox, id: string) => isGroup(box) && isWithin(id, box.id);
  const around = boxes.filter((box) => contains(box, edge.from) && contains(box, edge.to)).at(-1);
  const others = boxes.filter((box) => !contains(box, edge.from) && !contains(box, edge.to));
  const texts = [...boxes, ...edges].flatMap((each) => each.texts);
  return grid.blocked([
    ...others.map((box) => grown(box, ends.includes(box) ? 0 : gridPx)),
    ...texts.map((text) => grown(text, 4)),
    ...(around === undefined ? [] : outside(around, grid)),
  ]);
}

function outside({ x, y, width, height }: Rect, grid: Grid): Rect[] {
  const [right, bottom] = [grid.cols * gridPx, grid.rows * gridPx];
  return [
    { x: 0, y: 0, width: right, height: y },
    { x: 0, y: 0, width: x, height: bottom },
    { x: x + width, y: 0, width: right, height: bottom },
    { x: 0, y: y + height, width: right, height: bottom },
  ];
}

/** The corners of a way, from box to box. */
function pointsOf(way: Stop[]): Point[] {
  const [first, last] = [way[0], way.at(-1)];
  if (first === undefined || last === undefined) return [];
  const whole = [ahead(first, first.direction, -stubSteps.first), ...way, ahead(last, last.direction, stubSteps.last)];
  const corners = whole.filter((stop, index) => {
    const [before, after] = [whole[index - 1], whole[index + 1]];
    if (before === undefined || after === undefined) return true;
    return !(
      (before.col === stop.col && stop.col === after.col) ||
      (before.row === stop.row && stop.row === after.row)
    );
  });
  return corners.map(({ col, row }) => ({ x: col * gridPx, y: row * gridPx }));
}
