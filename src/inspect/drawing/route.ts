import type { Edge } from "./diagram.ts";
import { isWithin } from "./diagram.ts";
import { grown, type Point, type Rect } from "./geometry.ts";
import { ahead, type Direction, Grid, type Stop } from "./grid.ts";
import { type Label, labelOn } from "./label.ts";
import { gridPx, isGroup, type PlacedBox } from "./box.ts";
import { portsOf, sides, stubSteps } from "./ports.ts";
import { cheapest, type Port } from "./search.ts";
import { labelBlock, type PlacedText } from "./text.ts";

export interface PlacedEdge extends Edge {
  points: Point[];
  texts: PlacedText[];
}

/** Labels that are further from the beginning of their arrow are worth another way. */
const nearPx = 100;

/** All that is drawn so far. */
export interface Board {
  grid: Grid;
  boxes: PlacedBox[];
  edges: PlacedEdge[];
  /** Arrows between two boxes that are connected in both directions. */
  twins: Set<string>;
}

interface Route {
  points: Point[];
  label: Label | null;
  /** What the way costs, in steps. */
  cost: number;
}

/** Finds ways for all arrows: the happy path first, then the shorter ones before the longer ones. */
export function routeEdges(edges: readonly Edge[], boxes: PlacedBox[]): PlacedEdge[] {
  const [root] = boxes;
  if (root === undefined) return [];
  const board: Board = { grid: gridOf({ boxes, edges: [] }), boxes, edges: [], twins: twinsOf(edges) };
  const byId = new Map(boxes.map((box) => [box.id, box]));
  const ends = (edge: Edge): [PlacedBox, PlacedBox] => [byId.get(edge.from) ?? root, byId.get(edge.to) ?? root];
  const rank = (edge: Edge) => (edge.tone === "happy" ? 0 : distance(...ends(edge)));
  const order = edges.toSorted((a, b) => rank(a) - rank(b));
  for (const edge of order) draw(edge, ends(edge), board);
  for (const edge of [...order, ...order]) redraw(edge, ends(edge), board);
  return edges.flatMap(({ id }) => board.edges.filter((each) => each.id === id));
}

function twinsOf(edges: readonly Edge[]): Set<string> {
  return new Set(edges.filter((a) => edges.some((b) => a.from === b.to && a.to === b.from)).map(({ id }) => id));
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

function distance(a: Rect, b: Rect): number {
  return Math.abs(a.x + a.width / 2 - b.x - b.width / 2) + Math.abs(a.y + a.height / 2 - b.y - b.height / 2);
}

function draw(edge: Edge, ends: [PlacedBox, PlacedBox], board: Board): void {
  const route = bestRoute(edge, ends, board);
  if (route === null) throw new Error(`there is no room for the arrow ${edge.id}`);
  add({ ...edge, points: route.points, texts: route.label?.texts ?? [] }, board);
}

function add(edge: PlacedEdge, { grid, edges }: Board): void {
  grid.take(edge.points);
  edges.push(edge);
}

/** Draws an arrow anew, now that the others are known. */
function redraw(edge: Edge, ends: [PlacedBox, PlacedBox], board: Board): void {
  const old = board.edges.find(({ id }) => id === edge.id);
  if (old === undefined) return;
  board.edges.splice(board.edges.indexOf(old), 1);
  board.grid = gridOf(board);
  const route = bestRoute(edge, ends, board);
  add(route === null ? old : { ...edge, points: route.points, texts: route.label?.texts ?? [] }, board);
}

/** Paper on which everything is drawn that is on the board. */
function gridOf({ boxes, edges }: Pick<Board, "boxes" | "edges">): Grid {
  const [root] = boxes;
  const grid = new Grid(2 * (root?.x ?? 0) + (root?.width ?? 0), 2 * (root?.y ?? 0) + (root?.height ?? 0));
  for (const box of boxes) if (isGroup(box)) grid.take(outlineOf(box));
  for (const { points } of edges) grid.take(points);
  return grid;
}

/** The cheapest way, or, when its label has no room there, the cheapest over other sides on which it has. */
function bestRoute(edge: Edge, ends: [PlacedBox, PlacedBox], board: Board): Route | null {
  const blocked = obstacles(edge, ends, board);
  const isHappy = edge.tone === "happy" && ends.every(({ spineX }) => spineX !== null);
  const twin = !board.twins.has(edge.id) ? null : edge.isBackward ? "back" : "there";
  const search = (from: Direction[], to: Direction[]) => {
    const options = { grid: board.grid, isHappy, twin } as const;
    const leaving = from.flatMap((side) => portsOf(ends[0], side, { ...options, stub: stubSteps.first }));
    const arriving = to.flatMap((side) => portsOf(ends[1], side, { ...options, stub: stubSteps.last })).map(reversed);
    const way = cheapest({
      grid: board.grid,
      blocked,
      from: free(leaving, blocked, board),
      to: free(arriving, blocked, board),
    });
    if (way === null) return null;
    const points = pointsOf(way.stops);
    return { points, label: labelOn(points, labelBlock(edge.labels), board), cost: way.cost };
  };
  const first = search(sides, sides);
  if (first?.label == null || first.label.penalty + first.label.wish < nearPx) return first;
  const others = sides.flatMap((from) => sides.map((to) => search([from], [to]))).filter((each) => each !== null);
  return others.toSorted((a, b) => weight(a) - weight(b))[0] ?? first;
}

function weight({ cost, label }: Route): number {
  return cost * gridPx + (label === null ? 0 : label.penalty + label.wish);
}

function reversed(port: Port): Port {
  return { ...port, direction: ((port.direction + 2) % 4) as Direction };
}

function free(ports: Port[], blocked: Uint8Array, { grid }: Board): Port[] {
  return ports.filter(({ col, row }) => blocked[row * grid.cols + col] === 0);
}

/** Boxes that the arrow has no business in, texts, and everything outside of the state in which it runs. */
function obstacles(edge: Edge, ends: [PlacedBox, PlacedBox], { grid, boxes, edges }: Board): Uint8Array {
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
