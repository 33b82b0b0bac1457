import type { Board, PlacedEdge } from "./board.ts";
import { add, boardOf, remove, restore } from "./board.ts";
import type { PlacedBox } from "./box.ts";
import type { Edge } from "./diagram.ts";
import type { Rect } from "./geometry.ts";
import { flawOf, labelOn } from "./label.ts";
import { bestRoute, type Ends } from "./route.ts";
import { labelBlock } from "./text.ts";

/** How often everything is drawn anew at most: after that hardly anything changes. */
const passes = 3;

/**
 * Finds ways for all arrows: the happy path first, then the shorter ones before the longer ones. Then each is drawn anew with
 * the others known, and where a label has found no room, what is around it gives way.
 *
 * @throws Error when there is no way for an arrow
 */
export function routeEdges(edges: readonly Edge[], boxes: PlacedBox[]): PlacedEdge[] {
  const [root] = boxes;
  if (root === undefined) return [];
  const byId = new Map(boxes.map((box) => [box.id, box]));
  const ends = (edge: Edge): Ends => [byId.get(edge.from) ?? root, byId.get(edge.to) ?? root];
  const rank = (edge: Edge) => (edge.tone === "happy" ? 0 : distance(...ends(edge)));
  const order = edges.toSorted((a, b) => rank(a) - rank(b));
  const board = drawnFirst(order, boxes, (edge, on) => drawn(edge, ends(edge), on));
  const draw = (edge: Edge) => drawn(edge, ends(edge), board);
  const flawed = () => order.filter((edge) => flawOf(placed(edge, board), board) > 0);
  for (let pass = 0; pass === 0 || (pass < passes && flawed().length > 0); pass++) {
    for (const edge of order.filter((each) => placed(each, board).points.length > 2)) tryAnew([edge], draw, board);
    for (const edge of order) relabel(edge, board);
    for (const edge of flawed())
      tryAnew([edge, ...order.filter((other) => other !== edge && isBeside(other, edge))], draw, board);
  }
  return order.length === 0 ? [] : edges.map((edge) => placed(edge, board));
}

/**
 * A board with all arrows in turn. One that finds no room behind the others goes first the next time.
 *
 * @throws Error when that does not help
 */
function drawnFirst(edges: readonly Edge[], boxes: PlacedBox[], draw: (edge: Edge, on: Board) => boolean): Board {
  const first: Edge[] = [];
  for (;;) {
    const board = boardOf(boxes, edges);
    const tight = [...first, ...edges.filter((edge) => !first.includes(edge))].find((edge) => !draw(edge, board));
    if (tight === undefined) return board;
    if (first.includes(tight)) throw new Error(`there is no room for the arrow ${tight.id}`);
    first.unshift(tight);
  }
}

function distance(a: Rect, b: Rect): number {
  return Math.abs(a.x + a.width / 2 - b.x - b.width / 2) + Math.abs(a.y + a.height / 2 - b.y - b.height / 2);
}

/** Whether two arrows have a box in common, so that one may be in the other's way. */
function isBeside(a: Edge, b: Edge): boolean {
  return [a.from, a.to].some((end) => end === b.from || end === b.to) && a.tone !== "happy";
}

function placed({ id }: Edge, { edges }: Board): PlacedEdge {
  const found = edges.find((each) => each.id === id);
  if (found === undefined) throw new Error(`there is no arrow ${id}`);
  return found;
}

/** Draws an arrow, if there is a way for it. */
function drawn(edge: Edge, ends: Ends, board: Board): boolean {
  const route = bestRoute(edge, ends, board);
  if (route !== null) add({ ...edge, points: route.points, texts: route.label?.texts ?? [] }, board);
  return route !== null;
}

/** Draws arrows anew, in this order, unless labels get worse by it. */
function tryAnew(some: readonly Edge[], draw: (edge: Edge) => boolean, board: Board): void {
  const flaws = () => some.reduce((sum, edge) => sum + flawOf(placed(edge, board), board), 0);
  const [before, least] = [[...board.edges], flaws()];
  remove(
    some.map(({ id }) => id),
    board,
  );
  if (!some.every(draw) || flaws() > least) restore(before, board);
}

/** Puts an arrow's label where it is best now that all arrows are drawn. */
function relabel(edge: Edge, board: Board): void {
  const old = placed(edge, board);
  const others = { ...board, edges: board.edges.filter((each) => each !== old) };
  board.edges = [...others.edges, { ...old, texts: labelOn(old.points, labelBlock(edge.labels), others)?.texts ?? [] }];
}
