import { encloses, grown, overlaps, type Point, type Rect, segmentsOf } from "./geometry.ts";
import { isGroup, type PlacedBox } from "./place.ts";
import type { Board } from "./route.ts";
import type { PlacedText, stack } from "./text.ts";

export interface Label {
  texts: PlacedText[];
  /** 0 when it covers nothing. */
  penalty: number;
}

/** Line that must stay visible before and after a label. */
const visiblePx = 9;

/** Puts a label on a way, where it covers nothing, rather near its beginning; null when there is nothing to say. */
export function labelOn(points: Point[], block: ReturnType<typeof stack>, board: Board): Label | null {
  if (block.texts.length === 0) return null;
  const spots = spotsOn(points, block);
  const judged = spots.map((spot) => ({ ...spot, penalty: spot.penalty + covered(spot.rect, board) * 500 }));
  const best = judged.toSorted((a, b) => a.penalty + a.wish - b.penalty - b.wish)[0];
  if (best === undefined) return null;
  return { texts: block.texts.map((text) => centred(text, best.rect)), penalty: best.penalty };
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
  let before = 0;
  return segmentsOf(points).flatMap((segment) => {
    const length = segment.width + segment.height;
    const isFlat = segment.width > 0;
    const start = before;
    before += length;
    const needed = (isFlat ? width : height) + 2 * visiblePx;
    const middle = { x: segment.x + segment.width / 2, y: segment.y + segment.height / 2 };
    const reach = Math.max(0, Math.floor((length - needed) / 2 / 4) * 4);
    const offsets = Array.from({ length: reach / 2 + 1 }, (_, index) => index * 4 - reach);
    return offsets.map((offset) => {
      const [x, y] = [middle.x + (isFlat ? offset : 0), middle.y + (isFlat ? 0 : offset)];
      const rect = { x: x - width / 2, y: y - height / 2, width, height };
      return {
        rect,
        wish: Math.abs(offset) * 0.5 + start * 0.2 + (isFlat ? 0 : 60),
        penalty: length < needed ? 300 : 0,
      };
    });
  });
}

/** How many things a label would cover or come too close to: texts, other arrows, boxes and their borders. */
function covered(rect: Rect, { boxes, edges }: Board): number {
  const [near, wide] = [grown(rect, 3), { ...rect, x: rect.x - 14, width: rect.width + 28 }];
  const isCrossed = (box: PlacedBox) => overlaps(near, box) && !(isGroup(box) && encloses(box, near));
  const isClose = ({ texts }: { texts: PlacedText[] }) => texts.some((text) => overlaps(wide, text));
  const isOn = ({ points }: { points: Point[] }) => segmentsOf(points).some((line) => overlaps(near, grown(line, 1)));
  return boxes.filter(isCrossed).length + [...boxes, ...edges].filter(isClose).length + edges.filter(isOn).length;
}
