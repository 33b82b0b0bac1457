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
  /** How far to the right it should go at most. */
  limit: number;
}

/** Where a strand stands: at the height of one box of the main column, and to the right of that or of a wider one. */
interface Spot {
  strand: number;
  row: number;
  /** Null when it stands below the whole column, where no happy path goes on. */
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

/**
 * Gives the boxes of one state their places: those on the happy path below each other, the others beside them where
 * they are near to what leads to them, within the width that there is. What is too wide to stand beside a box goes below it.
 */
export function settle(level: Level): { right: number; bottom: number } {
  const plan = planned(level, bestSpots(level));
  const aligned = inColumns(plan, level);
  for (const [index, sketch] of level.main.entries()) Object.assign(sketch, at(plan.main[index]));
  for (const [index, { boxes }] of level.strands.entries()) {
    const place = at(aligned[index]);
    for (const box of boxes) Object.assign(box, { x: box.x + place.x, y: box.y + place.y });
  }
  return { right: Math.max(plan.right, ...aligned.map(({ x, width }) => x + width)), bottom: plan.bottom };
}

function at(rect: Rect | undefined): Point {
  return { x: rect?.x ?? 0, y: rect?.y ?? 0 };
}

/** Moves one strand after the other to where it is best, until none gets better. */
function bestSpots(level: Level): Spot[] {
  const rows = level.main.flatMap(({ kind }, index) => (kind === "start" ? [] : [index]));
  const last = rows.at(-1) ?? 0;
  const besides = rows.flatMap((row) => rows.map((other) => ({ row, beside: other })));
  const choices = level.main.some(({ isMain }) => isMain) ? besides : [...besides, { row: last, beside: null }];
  let best: Spot[] = level.strands.map((_, strand) => ({ strand, row: last, beside: last }));
  for (let isBetter = true; isBetter;) {
    const moves = best.flatMap((spot, index) => [
      ...choices.map((choice) => best.with(index, { ...spot, ...choice })),
      ...best.map((other, place) => best.with(index, other).with(place, spot)),
    ]);
    const cheapest = moves.reduce((a, b) => (cost(level, b) < cost(level, a) - 1 ? b : a), best);
    isBetter = cheapest !== best;
    best = cheapest;
  }
  return best;
}

function cost(level: Level, spots: Spot[]): number {
  const plan = planned(level, spots);
  const places = [
    ...level.main.map((sketch, index) => ({ boxes: [{ ...sketch, x: 0, y: 0 }], rect: plan.main[index] })),
    ...level.strands.map(({ boxes }, index) => ({ boxes, rect: plan.strands[index] })),
  ];
  const middle = (id: string) => {
    const found = places.find(({ boxes }) => boxes.some((box) => has(box, id)));
    const box = found?.boxes.find((each) => has(each, id));
    if (found === undefined || box === undefined) return { x: 0, y: 0 };
    const [{ x, y }, inner] = [at(found.rect), middleOf(box, id)];
    return { x: x + box.x + inner.x, y: y + box.y + inner.y };
  };
  const ways = level.edges.map(({ from, to }) => {
    const [a, b] = [middle(from), middle(to)];
    return Math.abs(a.x - b.x) + Math.abs(a.y - b.y);
  });
  const length = ways.reduce((sum, each) => sum + each, 0);
  return plan.bottom + Math.max(0, plan.right - level.limit) * 40 + length;
}

/** Places for everything when each strand stands at its spot; later spots give way to earlier ones. */
function planned(level: Level, spots: Spot[]): Plan {
  const { main, strands, gaps, spine } = level;
  const placed: Rect[] = [];
  const [columns, found]: [Rect[], Rect[]] = [[], strands.map(() => ({ x: 0, y: 0, width: 0, height: 0 }))];
  const rights = main.map((each) => spine - each.spine + each.width);
  let y = level.top;
  for (const [row, { width, height, spine: own }] of main.entries()) {
    const right = rights[row] ?? 0;
    const inWay = found.filter((each) => placed.includes(each) && each.x < right + room.lane);
    const below = (each: Rect) => each.y + each.height + roomBelow(strands[found.indexOf(each)], main[row], level);
    y = onGrid(Math.max(y, ...inWay.map(below)));
    columns.push({ x: spine - own, y, width, height });
    for (const spot of spots.filter((each) => each.row === row)) {
      const rect = beside(spot, { level, rights, y, placed });
      found[spot.strand] = rect;
      placed.push(rect);
    }
    y += height + (gaps[row] ?? 0);
  }
  const all = [...columns, ...found];
  return {
    ...{ main: columns, strands: found },
    bottom: Math.max(...all.map((each) => each.y + each.height)),
    right: Math.max(...all.map((each) => each.x + each.width)),
  };
}

/** Room between a strand and a box of the main column below it. */
function roomBelow(strand: Strand | undefined, box: Sketch | undefined, { edges }: Level): number {
  const last = strand?.boxes.at(-1);
  return last === undefined || box === undefined ? room.lane : room.lane + gapBetween(last, box, edges) - 24;
}

interface Beside {
  level: Level;
  rights: number[];
  y: number;
  placed: Rect[];
}

/** A strand's place in a row: as high as what leads to it there, and below what stands there already. */
function beside({ strand, row, beside: other }: Spot, { level, rights, y, placed }: Beside): Rect {
  const { boxes, width, height, gutter } = level.strands[strand] ?? { boxes: [], width: 0, height: 0, gutter: 0 };
  const [sketch, first] = [level.main[row], boxes[0]];
  if (other === null) {
    const below =
      sketch === undefined || first === undefined ? 0 : sketch.height + gapBetween(sketch, first, level.edges);
    return { x: onGrid(level.spine - width / 2), y: onGrid(y + below + 16), width, height };
  }
  const x = onGrid(Math.max((rights[row] ?? 0) + gutter, (rights[other] ?? 0) + room.arrow));
  const sources = level.edges.filter(({ from, to }) => to === first?.id && sketch !== undefined && has(sketch, from));
  const wishes = sources.map(({ from }) => (sketch === undefined ? 0 : middleOf(sketch, from).y));
  const wish = wishes.reduce((sum, each) => sum + each, 0) / Math.max(1, wishes.length) - (first?.height ?? 0) / 2;
  const rect = { x, y: onGrid(y + Math.max(0, wish)), width, height };
  for (const each of placed.toSorted((a, b) => a.y - b.y))
    if (overlaps({ ...each, height: each.height + room.arrow }, rect))
      rect.y = onGrid(each.y + each.height + room.arrow);
  return rect;
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
