import { gridPx, onGrid } from "./box.ts";
import type { Edge } from "./diagram.ts";
import { overlaps, type Point, type Rect } from "./geometry.ts";
import { middleOf, has, type Sketch } from "./sketch.ts";
import { gapBetween, type Strand } from "./strands.ts";

/** What one state consists of, and the room that there is for it. */
export interface Level {
  /** Boxes below each other, the happy path through them. */
  main: Sketch[];
  /** What stands beside those. */
  strands: Strand[];
  /** Arrows between any of them. */
  edges: Edge[];
  /** Room for labels and lanes below each box of the main column. */
  gaps: number[];
  top: number;
  /** Where the happy path runs. */
  spine: number;
  /** Whether no happy path goes on below the main column. */
  isOpenBelow: boolean;
  /** How far to the right it should go at most. */
  limit: number;
}

/** Where a strand stands: at the height of one box of the main column, and to the right of that or of a wider one. */
interface Spot {
  strand: number;
  row: number;
  /** Null when it stands below the whole column. */
  beside: number | null;
}

interface Plan {
  main: Rect[];
  strands: Rect[];
  bottom: number;
  right: number;
}

/** Least distances between boxes, in pixels, by what must have room there. */
const room = { lane: 32, arrow: 40 };

/** What is worth how many pixels of height or of an arrow: a pixel of excess width, and a strand below the main column. */
const costs = { excess: 40, below: 500 };

/**
 * Gives the boxes of one state their places: those on the happy path below each other, the others beside them where
 * they are near to what leads to them, within the width that there is. What is too wide to stand beside a box goes below it.
 */
export function settle(level: Level): { right: number; bottom: number } {
  const known = { ...level, links: level.edges.map((edge) => linkOf(edge, level)), below: roomsBelow(level) };
  const plan = planned(known, bestSpots(known));
  const aligned = inColumns(plan, level);
  for (const [index, sketch] of level.main.entries()) Object.assign(sketch, at(plan.main[index]));
  for (const [index, { boxes }] of level.strands.entries()) {
    const place = at(aligned[index]);
    for (const box of boxes) Object.assign(box, { x: box.x + place.x, y: box.y + place.y });
  }
  return { right: Math.max(plan.right, ...aligned.map(({ x, width }) => x + width)), bottom: plan.bottom };
}

/** A level with what is so wherever its strands stand. */
interface Known extends Level {
  links: Link[];
  /** Room below each strand, above each box of the main column. */
  below: number[][];
}

/** Where an arrow begins and ends: in a box of the main column or in a strand, so far from its corner. */
interface Link {
  from: End;
  to: End;
}

interface End extends Point {
  column: "main" | "strands";
  index: number;
  /** Which box of a strand it is. */
  box: number;
}

function linkOf({ from, to }: Edge, level: Level): Link {
  return { from: endOf(from, level), to: endOf(to, level) };
}

function endOf(id: string, { main, strands }: Level): End {
  const row = main.findIndex((each) => has(each, id));
  const sketch = main[row];
  if (sketch !== undefined) return { column: "main", index: row, box: 0, ...middleOf(sketch, id) };
  const index = strands.findIndex(({ boxes }) => boxes.some((box) => has(box, id)));
  const boxes = strands[index]?.boxes ?? [];
  const box = boxes.findIndex((each) => has(each, id));
  const inner = boxes[box] === undefined ? { x: 0, y: 0 } : middleOf(boxes[box], id);
  return { column: "strands", index, box, x: inner.x + at(boxes[box]).x, y: inner.y + at(boxes[box]).y };
}

function roomsBelow({ strands, main, edges }: Level): number[][] {
  return strands.map(({ boxes }) => {
    const last = boxes.at(-1);
    return main.map((box) => room.lane + (last === undefined ? 0 : gapBetween(last, box, edges) - 24));
  });
}

function at(rect: Point | undefined): Point {
  return { x: rect?.x ?? 0, y: rect?.y ?? 0 };
}

/** Moves one strand after the other to where it is best, until none gets better. */
function bestSpots(level: Known): Spot[] {
  const rows = level.main.flatMap(({ kind }, index) => (kind === "start" ? [] : [index]));
  const last = rows.at(-1) ?? 0;
  const besides = rows.flatMap((row) => rows.map((other) => ({ row, beside: other })));
  const choices = level.isOpenBelow ? [...besides, { row: last, beside: null }] : besides;
  let best: Spot[] = level.strands.map((_, strand) => ({ strand, row: last, beside: last }));
  let least = cost(level, best);
  for (let isBetter = true; isBetter;) {
    isBetter = false;
    const moves = best.flatMap((spot, index) => [
      ...choices.map((choice) => best.with(index, { ...spot, ...choice })),
      ...best.map((other, place) => best.with(index, other).with(place, spot)),
    ]);
    for (const move of moves) {
      const price = cost(level, move);
      if (price < least - 1) [best, least, isBetter] = [move, price, true];
    }
  }
  return best;
}

function cost(level: Known, spots: Spot[]): number {
  const plan = planned(level, spots);
  let length = 0;
  for (const { from, to } of level.links) {
    const [a, b] = [at(plan[from.column][from.index]), at(plan[to.column][to.index])];
    length += Math.abs(a.x + from.x - b.x - to.x) + Math.abs(a.y + from.y - b.y - to.y);
  }
  const below = spots.filter((spot) => spot.beside === null).length;
  return plan.bottom + length + Math.max(0, plan.right - level.limit) * costs.excess + below * costs.below;
}

/** Places for everything when each strand stands at its spot; later spots give way to earlier ones. */
function planned(level: Known, spots: Spot[]): Plan {
  const { main, strands, gaps, spine, below } = level;
  const placed = new Map<number, Rect>();
  const columns: Rect[] = [];
  const rights = main.map((each) => spine - each.spine + each.width);
  let y = level.top;
  for (const [row, { width, height, spine: own }] of main.entries()) {
    const right = rights[row] ?? 0;
    for (const [index, each] of placed)
      if (each.x < right + room.lane) y = Math.max(y, onGrid(each.y + each.height + (below[index]?.[row] ?? 0)));
    columns.push({ x: spine - own, y, width, height });
    for (const spot of spots.filter((each) => each.row === row))
      placed.set(spot.strand, beside(spot, { level, rights, y, placed: [...placed.values()] }));
    y += height + (gaps[row] ?? 0);
  }
  const found = strands.map((_, index) => placed.get(index) ?? { x: 0, y: 0, width: 0, height: 0 });
  const all = [...columns, ...found];
  return {
    ...{ main: columns, strands: found },
    bottom: Math.max(...all.map((each) => each.y + each.height)),
    right: Math.max(...all.map((each) => each.x + each.width)),
  };
}

interface Beside {
  level: Known;
  rights: number[];
  y: number;
  placed: Rect[];
}

/** A strand's place in a row: as high as what leads to it there, and below what stands there already. */
function beside(spot: Spot, { level, rights, y, placed }: Beside): Rect {
  const { width, height, gutter } = level.strands[spot.strand] ?? { width: 0, height: 0, gutter: 0 };
  const rect = { x: 0, y: 0, width, height };
  if (spot.beside === null) {
    rect.x = Math.max(room.lane, onGrid(level.spine - width / 2));
    rect.y = onGrid(y + roomAbove(spot, level));
  } else {
    rect.x = onGrid(Math.max((rights[spot.row] ?? 0) + gutter, (rights[spot.beside] ?? 0) + room.arrow));
    rect.y = onGrid(y + Math.max(0, wishFor(spot, level)));
  }
  for (const each of placed.toSorted((a, b) => a.y - b.y))
    if (overlaps({ ...each, height: each.height + room.arrow }, rect))
      rect.y = onGrid(each.y + each.height + room.arrow);
  return rect;
}

/** How far below the top of the last box of the main column a strand begins that stands below it. */
function roomAbove({ strand, row }: Spot, { main, strands, edges }: Known): number {
  const [last, first] = [main[row], strands[strand]?.boxes[0]];
  return last === undefined || first === undefined ? 0 : last.height + gapBetween(last, first, edges) + 16;
}

/** How far below the top of a row a strand stands best. */
function wishFor({ strand, row }: Spot, { links, strands }: Known): number {
  const isSource = ({ from, to }: Link) =>
    to.column === "strands" && to.index === strand && to.box === 0 && from.column === "main" && from.index === row;
  const wishes = links.filter(isSource).map(({ from }) => from.y);
  const height = strands[strand]?.boxes[0]?.height ?? 0;
  return wishes.reduce((sum, each) => sum + each, 0) / Math.max(1, wishes.length) - height / 2;
}

/** Strands that nearly stand in one column do so: those to the left move to the right as far as there is room. */
function inColumns({ strands }: Plan, { limit }: Level): Rect[] {
  return strands.map((each) => {
    const columns = strands.map(({ x }) => x).filter((x) => x > each.x && x < each.x + 12 * gridPx);
    const x = columns.filter((column) => column + each.width <= limit).toSorted((a, b) => b - a)[0] ?? each.x;
    const moved = { ...each, x };
    return strands.some((other) => other !== each && overlaps(other, moved)) ? each : moved;
  });
}
