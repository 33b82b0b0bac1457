import { gridPx, onGrid } from "./box.ts";
import type { Edge } from "./diagram.ts";
import { has, type Sketch } from "./sketch.ts";
import { labelBlock } from "./text.ts";

/** Boxes beside the happy path of which each leads to the next: they stand below each other. */
export interface Strand {
  boxes: Sketch[];
  width: number;
  height: number;
  /** Room that the labels of the arrows between it and the main column need. */
  gutter: number;
}

/** What strands stand beside. */
interface Surroundings {
  main: Sketch[];
  /** Arrows between parts of the same state. */
  edges: Edge[];
  /** Room beside labels for other arrows, in pixels. */
  lanes: number;
}

/** What stands beside the main column, as strands. */
export function strandsOf(side: Sketch[], around: Surroundings): Strand[] {
  const { edges } = around;
  const waiting = [...side];
  const strands: Sketch[][] = [];
  const sourcesOf = (sketch: Sketch) => edges.filter(({ to, from }) => has(sketch, to) && !has(sketch, from));
  const isFollower = (sketch: Sketch, of: Sketch[]) =>
    sourcesOf(sketch).length > 0 && sourcesOf(sketch).every(({ from }) => of.some((each) => has(each, from)));
  while (waiting.length > 0) {
    const head = waiting.find((each) => !isFollower(each, waiting)) ?? waiting[0];
    const strand: Sketch[] = [];
    for (let next = head; next !== undefined; next = waiting.find((each) => isFollower(each, strand))) {
      strand.push(next);
      waiting.splice(waiting.indexOf(next), 1);
    }
    strands.push(strand);
  }
  return strands.map((boxes) => ({ ...stacked(boxes, edges), gutter: gutterOf(boxes, around) }));
}

function stacked(boxes: Sketch[], edges: Edge[]): Omit<Strand, "gutter"> {
  const width = Math.max(...boxes.map((each) => each.width));
  let y = 0;
  const placed = boxes.map((box, index) => {
    const x = Math.round((width - box.width) / 2 / gridPx) * gridPx;
    const moved = { ...box, x, y };
    const next = boxes[index + 1];
    y += box.height + (next === undefined ? 0 : gapBetween(box, next, edges));
    return moved;
  });
  return { boxes: placed, width, height: y };
}

/** Room between two boxes of a column, for the labels of the arrows from one to the other. */
export function gapBetween(upper: Sketch, lower: Sketch, edges: Edge[]): number {
  const through = edges.filter(
    ({ from, to }) => (has(upper, from) && has(lower, to)) || (has(lower, from) && has(upper, to)),
  );
  const blocks = through.map(({ labels }) => labelBlock(labels)).filter(({ height }) => height > 0);
  const width = blocks.reduce((sum, each) => sum + each.width, 0);
  const heights = blocks.map(({ height }) => height + 8);
  const isWide = width + 32 > Math.min(upper.width, lower.width);
  return onGrid(24 + (isWide ? heights.reduce((sum, each) => sum + each, 0) : Math.max(0, ...heights)));
}

function gutterOf(boxes: Sketch[], { main, edges, lanes }: Surroundings): number {
  const isIn = (sketches: Sketch[], id: string) => sketches.some((each) => has(each, id));
  const beside = edges.filter(
    ({ from, to }) => (isIn(boxes, from) && isIn(main, to)) || (isIn(main, from) && isIn(boxes, to)),
  );
  const width = Math.max(...beside.map(({ labels }) => labelBlock(labels).width + 34));
  const indexOf = (id: string) => boxes.findIndex((each) => has(each, id));
  const isPast = ({ from, to }: Edge) =>
    indexOf(from) !== -1 && indexOf(to) !== -1 && indexOf(to) !== indexOf(from) + 1;
  const others = Math.max(0, beside.length - 2) + 2 * edges.filter(isPast).length;
  return Math.max(48, width + Math.min(lanes, others * gridPx));
}
