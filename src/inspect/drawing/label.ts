import { encloses, grown, overlaps, type Point, type Rect, segmentsOf } from "./geometry.ts";
import { isGroup, type PlacedBox } from "./box.ts";
import type { Board, PlacedEdge } from "./board.ts";
import type { PlacedText, stack } from "./text.ts";

export interface Label {
  texts: PlacedText[];
  /** 0 when it covers nothing. */
  penalty: number;
  /** How far it is from where it should be. */
  wish: number;
}

/** Line that must stay visible before and after a label. */
const visiblePx = 12;

/** Beyond which distance a label is far from the ends of its arrow. */
const farPx = 100;

/** Up to which length of line beside it a label is near to both ends. */
const shortPx = 120;

/** Puts a label on a way, where it covers nothing, rather near its beginning; null when there is nothing to say. */
export function labelOn(points: Point[], block: ReturnType<typeof stack>, board: Board): Label | null {
  if (block.texts.length === 0) return null;
  let best: Spot | undefined;
  for (const spot of spotsOn(points, block).toSorted((a, b) => a.penalty + a.wish - b.penalty - b.wish)) {
    if (best !== undefined && best.penalty <= spot.penalty) break;
    const penalty = spot.penalty + covered(spot.rect, board) * 500;
    if (best === undefined || penalty < best.penalty) best = { ...spot, penalty };
  }
  if (best === undefined) return null;
  return { texts: block.texts.map((text) => centred(text, best.rect)), penalty: best.penalty, wish: best.wish };
}

/** How many things the label of an arrow on the board covers, and whether it is far from both ends. */
export function flawOf({ id, points, texts }: PlacedEdge, board: Board): number {
  const [first, last] = [texts[0], texts.at(-1)];
  if (first === undefined || last === undefined) return 0;
  const [x, right] = [Math.min(...texts.map((text) => text.x)), Math.max(...texts.map((text) => text.x + text.width))];
  const rect = { x, y: first.y, width: right - x, height: last.y + last.height - first.y };
  const others = { ...board, edges: board.edges.filter((each) => each.id !== id) };
  const ends = [points[0], points.at(-1)].map((end) => (end === undefined ? 0 : between(rect, end)));
  return covered(rect, others) + (Math.min(...ends) > farPx ? 1 : 0);
}

/** How far a point is from a rectangle, along the grid. */
function between({ x, y, width, height }: Rect, point: Point): number {
  return Math.max(0, x - point.x, point.x - x - width) + Math.max(0, y - point.y, point.y - y - height);
}

function centred(text: PlacedText, rect: Rect): PlacedText {
  return { ...text, x: rect.x + (rect.width - text.width) / 2, y: rect.y + text.y };
}

interface Spot {
  rect: Rect;
  wish: number;
  penalty: number;
}

function spotsOn(points: Point[], { width, height }: { width: number; height: number }): Spot[] {
  const segments = segmentsOf(points);
  const total = segments.reduce((sum, segment) => sum + segment.width + segment.height, 0);
  let before = 0;
  return segments.flatMap((segment, index) => {
    const length = segment.width + segment.height;
    const [from, to] = [points[index] ?? segment, points[index + 1] ?? segment];
    const isFlat = segment.width > 0;
    const start = before;
    before += length;
    const needed = (isFlat ? width : height) + 2 * visiblePx;
    const reach = Math.max(0, length - needed);
    const offsets = Array.from({ length: Math.floor(reach / 4) + 1 }, (_, step) => needed / 2 + step * 4);
    return (length < needed ? [length / 2] : offsets).map((offset) => {
      const share = offset / length;
      const [x, y] = [from.x + (to.x - from.x) * share, from.y + (to.y - from.y) * share];
      const rect = { x: x - width / 2, y: y - height / 2, width, height };
      const wish = wishFor({ start: start + offset - needed / 2, end: total - start - offset - needed / 2 });
      return { rect, wish: wish + (isFlat ? 0 : 24), penalty: length < needed ? 300 : 0 };
    });
  });
}

/** The less the better: in the middle of a short way, otherwise near the beginning, if need be near the end. */
function wishFor({ start, end }: { start: number; end: number }): number {
  if (start + end < shortPx) return Math.abs(start - end) / 2;
  return Math.min(start, end + 60);
}

/** How many things a label would cover or come too close to: texts, other arrows, boxes and their borders. */
function covered(rect: Rect, { boxes, edges }: Board): number {
  const [near, wide] = [grown(rect, 6), { ...rect, x: rect.x - 12, width: rect.width + 24 }];
  const isCrossed = (box: PlacedBox) => overlaps(near, box) && !(isGroup(box) && encloses(box, near));
  const isClose = ({ texts }: { texts: PlacedText[] }) => texts.some((text) => overlaps(wide, text));
  const isOn = ({ points }: { points: Point[] }) => segmentsOf(points).some((line) => overlaps(near, grown(line, 1)));
  return boxes.filter(isCrossed).length + [...boxes, ...edges].filter(isClose).length + edges.filter(isOn).length;
}
