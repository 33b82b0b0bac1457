import type { ChartState } from "../chart/chart.ts";
import { anyIdOf, type Diagram, type Edge, isWithin, startIdOf } from "./diagram.ts";
import type { Rect } from "./geometry.ts";
import { blockOf, type PlacedText, sizes, stack, type TextBlock, type TextStyle } from "./text.ts";

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

interface Sketch extends Omit<PlacedBox, "spineX"> {
  /** Distance of the happy path from the left side. */
  spine: number;
  isMain: boolean;
  parts: Sketch[];
}

/** Space beside and between the boxes of one state, as much as its arrows and their labels need. */
interface Room {
  left: number;
  gutter: number;
  right: number;
  gaps: number[];
}

/**
 * Finds a place for all boxes: what is on the happy path stands in one column, each box below the one before, and
 * what is beside it in a second column, as high as the box that leads there. Outer boxes come before those in them.
 */
export function placeBoxes(diagram: Diagram): PlacedBox[] {
  const sketch = sketchOf(diagram.root, diagram);
  const texts = [...sketch.texts, ...keys(sketch.width)];
  return settled({ ...sketch, texts, x: sizes.margin, y: sizes.margin });
}

/** What the kinds of arrows mean, in the picture's upper right corner. */
function keys(width: number): PlacedText[] {
  const lines: [TextStyle, string][] = [
    ["key-happy", "healthy run"],
    ["key-plain", "other ways on"],
    ["key-setback", "trying again, giving up"],
  ];
  const block = stack(lines);
  return block.texts.map((text) => ({ ...text, x: width - block.width - sizes.padding, y: text.y + sizes.padding }));
}

/** Whether other boxes are in it. */
export function isGroup({ kind }: Pick<PlacedBox, "kind">): boolean {
  return kind === "compound" || kind === "parallel";
}

function settled(sketch: Sketch): PlacedBox[] {
  const { id, kind, x, y, width, height } = sketch;
  const texts = sketch.texts.map((text) => ({ ...text, x: text.x + x, y: text.y + y }));
  const spineX = sketch.isMain ? x + sketch.spine : null;
  const parts = sketch.parts.flatMap((part) => settled({ ...part, x: part.x + x, y: part.y + y }));
  return [{ id, kind, x, y, width, height, spineX, texts }, ...parts];
}

function up(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}

function sketchOf(state: ChartState, diagram: Diagram): Sketch {
  if (state.states.length === 0) return leafOf(state, diagram);
  return state.kind === "parallel" ? rowOf(state, diagram) : columnsOf(state, diagram);
}

function leafOf(state: ChartState, diagram: Diagram): Sketch {
  const isMain = isOnPath(state, diagram);
  const { badge, notes } = state;
  const narrow = { ...state, badge: null, notes: badge === null ? notes : [badge, ...notes] };
  const { texts, width, height } = isMain ? blockOf(state, sizes.mainText) : blockOf(narrow, sizes.sideText);
  const full = up(width + 2 * sizes.padding, 2 * gridPx);
  return {
    ...{ id: state.id, kind: state.kind, x: 0, y: 0, parts: [], isMain },
    ...{ width: full, height: up(height + 2 * sizes.padding - 6, gridPx), spine: full / 2 },
    texts: texts.map((text) => ({ ...text, x: text.x + sizes.padding, y: text.y + sizes.padding - 3 })),
  };
}

function isOnPath(state: ChartState, { happyPath }: Diagram): boolean {
  return happyPath.some((each) => each === state.id || isWithin(each, state.id));
}

/** The regions of a parallel state, side by side. */
function rowOf(state: ChartState, diagram: Diagram): Sketch {
  const header = blockOf(state, sizes.groupText);
  const top = up(header.height + 2 * sizes.padding + 8, gridPx);
  let x = 24;
  const parts = state.states.map((each) => {
    const part = { ...sketchOf(each, diagram), x, y: top };
    x += part.width + 32;
    return part;
  });
  const height = top + Math.max(...parts.map((part) => part.height)) + 24;
  const width = up(x - 8, 2 * gridPx);
  const spine = (parts[0]?.x ?? 0) + (parts[0]?.spine ?? 0);
  return boxed({ state, header, parts, isMain: isOnPath(state, diagram) }, { width, height, spine });
}

function boxed(
  content: { state: ChartState; header: TextBlock; parts: Sketch[]; isMain: boolean },
  size: { width: number; height: number; spine: number },
): Sketch {
  const { state, header, parts, isMain } = content;
  const texts = header.texts.map((text) => ({ ...text, x: text.x + sizes.padding, y: text.y + sizes.padding }));
  return { id: state.id, kind: state.kind, x: 0, y: 0, ...size, isMain, parts, texts };
}

/** The happy path's column, and beside it that of everything else. */
function columnsOf(state: ChartState, diagram: Diagram): Sketch {
  const sketches = state.states.map((each) => sketchOf(each, diagram));
  const isMain = (each: Sketch) => each.isMain;
  const main = [...dotOf(state, diagram), ...evened(sketches.filter(isMain))];
  const side = [...pillOf(state, diagram), ...evened(sketches.filter((each) => !isMain(each)))];
  const room = roomOf(state, diagram, { main, side });
  const header = blockOf(state, sizes.groupText);
  const headerWidth = header.width + 2 * sizes.padding;
  const top = up(Math.max(header.height + sizes.padding + 8, state === diagram.root ? 56 : 0), gridPx);
  const leftExtent = Math.max(...main.map(({ spine }) => spine));
  const rightExtent = Math.max(...main.map(({ width, spine }) => width - spine));
  const spine = room.left + leftExtent;
  const mainBottom = stackMain(main, { top, spine, gaps: room.gaps });
  const sideX = up(spine + rightExtent + room.gutter, gridPx);
  const sideBottom = stackSide({ main, side, edges: diagram.edges }, { top, x: sideX });
  alignLoneDot(main, state.initial, side);
  const inner = side.length > 0 ? sideX + Math.max(...side.map(({ width }) => width)) : spine + rightExtent;
  const width = up(Math.max(inner + room.right, headerWidth), 2 * gridPx);
  const height = up(Math.max(mainBottom, sideBottom) + 16, gridPx);
  return boxed(
    { state, header, parts: [...main, ...side], isMain: isOnPath(state, diagram) },
    { width, height, spine },
  );
}

/** Boxes without others in them, all as wide as the widest; badges stay on the right. */
function evened(sketches: Sketch[]): Sketch[] {
  const width = Math.max(0, ...sketches.filter(({ parts }) => parts.length === 0).map((each) => each.width));
  const widened = (each: Sketch): Sketch => {
    const by = (text: PlacedText) => (text.style === "badge" ? width - sizes.padding - text.x - text.width : 0);
    return { ...each, width, spine: width / 2, texts: each.texts.map((text) => ({ ...text, x: text.x + by(text) })) };
  };
  return sketches.map((each) => (each.parts.length > 0 ? each : widened(each)));
}

function dotOf({ id }: ChartState, { edges }: Diagram): Sketch[] {
  const dot = startIdOf(id);
  if (!edges.some(({ from }) => from === dot)) return [];
  return [{ id: dot, kind: "start", x: 0, y: 0, width: 16, height: 16, spine: 8, isMain: true, parts: [], texts: [] }];
}

function pillOf({ id }: ChartState, { edges }: Diagram): Sketch[] {
  const pill = anyIdOf(id);
  if (!edges.some(({ from }) => from === pill)) return [];
  const { texts, width } = stack([["small", "any state"]]);
  const full = up(width + 24, 2 * gridPx);
  const centred = texts.map((text) => ({ ...text, x: (full - width) / 2, y: 5 }));
  return [
    {
      id: pill,
      kind: "any",
      x: 0,
      y: 0,
      width: full,
      height: 24,
      spine: full / 2,
      isMain: false,
      parts: [],
      texts: centred,
    },
  ];
}

function stackMain(main: Sketch[], { top, spine, gaps }: { top: number; spine: number; gaps: number[] }): number {
  let y = top;
  for (const [index, sketch] of main.entries()) {
    sketch.x = spine - sketch.spine;
    sketch.y = y;
    y += sketch.height + (gaps[index] ?? 0);
  }
  return y;
}

/** Where nothing is on the happy path, the dot stands beside the first state. */
function alignLoneDot([dot, ...others]: Sketch[], initial: string | null, side: Sketch[]): void {
  const first = side.find(({ id }) => id === initial);
  if (dot === undefined || first === undefined || others.length > 0) return;
  dot.y = first.y + Math.floor(first.height / 2 / gridPx) * gridPx - dot.height / 2;
}

function has(sketch: Sketch, id: string): boolean {
  return sketch.id === id || sketch.parts.some((part) => has(part, id));
}

/** Each box beside those that lead to it, or below what is there already. */
function stackSide(
  { main, side, edges }: { main: Sketch[]; side: Sketch[]; edges: Edge[] },
  { top, x }: { top: number; x: number },
): number {
  let y = top;
  const widest = Math.max(...side.map(({ width }) => width));
  const waiting = [...side];
  const isKnown = (id: string) => !waiting.some((each) => has(each, id));
  while (waiting.length > 0) {
    const wishes = waiting.map((each) => ({ each, wish: wishFor(each, { main, side, edges, isKnown }) }));
    const [first] = wishes.toSorted((a, b) => (a.wish ?? 1e9) - (b.wish ?? 1e9));
    if (first === undefined) break;
    first.each.x = x + Math.round((widest - first.each.width) / 2 / gridPx) * gridPx;
    first.each.y = Math.max(y, up(first.wish ?? 0, gridPx));
    y = first.each.y + first.each.height + 48;
    waiting.splice(waiting.indexOf(first.each), 1);
  }
  return side.length > 0 ? y - 48 : 0;
}

/** How far down a box would stand best; null when nothing that has a place leads to it. */
function wishFor(
  sketch: Sketch,
  { main, side, edges, isKnown }: { main: Sketch[]; side: Sketch[]; edges: Edge[]; isKnown: (id: string) => boolean },
): number | null {
  const sources = edges.filter(({ from, to }) => to === sketch.id && isKnown(from)).map(({ from }) => from);
  const wishes = sources.flatMap((id) =>
    [...main, ...side].filter((each) => has(each, id)).map((each) => heightOf(each, id) - sketch.height / 2),
  );
  return wishes.length === 0 ? null : wishes.reduce((sum, wish) => sum + wish, 0) / wishes.length;
}

/** How far down a state's middle is. */
function heightOf(sketch: Sketch, id: string): number {
  if (sketch.id === id) return sketch.y + sketch.height / 2;
  const part = sketch.parts.find((each) => has(each, id));
  return part === undefined ? 0 : sketch.y + heightOf(part, id);
}

/** Arrows within one child find their room there; only those between children need it here. */
function roomOf(state: ChartState, { edges }: Diagram, { main, side }: { main: Sketch[]; side: Sketch[] }): Room {
  const isOwn = ({ from, to }: Edge) => isWithin(from, state.id) && isWithin(to, state.id);
  const indexOf = (id: string) => main.findIndex((each) => has(each, id));
  const own = edges.filter(isOwn).filter(({ from, to }) => !main.some((each) => has(each, from) && has(each, to)));
  const isBeside = ({ from, to }: Edge) => indexOf(from) === -1 || indexOf(to) === -1;
  const lanes = own.filter((edge) => !isBeside(edge) && indexOf(edge.to) !== indexOf(edge.from) + 1);
  const beside = own.filter(isBeside);
  const rightOf = ({ width, spine }: Sketch) => width - spine;
  const reach = Math.max(...main.map(rightOf));
  const excess = ({ from, to, labels }: Edge) => {
    const nearest = main.find((each) => has(each, from) || has(each, to));
    return labelBlock(labels).width - (nearest === undefined ? 0 : reach - rightOf(nearest));
  };
  const gaps = main.map((_, index) => {
    const through = own.filter(({ from, to }) => indexOf(from) === index && indexOf(to) === index + 1);
    const labelled = through.reduce(
      (sum, { labels }) => sum + labelBlock(labels).height + (labels.length > 0 ? 2 : 0),
      0,
    );
    return index === main.length - 1 ? 0 : up(24 + labelled, gridPx);
  });
  return {
    left: 24 + Math.min(lanes.length, side.length > 0 ? 1 : 3) * 8,
    gutter: side.length === 0 ? 0 : up(Math.max(48, Math.max(...beside.map(excess)) + 32), gridPx),
    right: 24,
    gaps,
  };
}

/** The lines of an arrow's label. */
export function labelBlock(labels: string[]): TextBlock {
  return stack(labels.map((each) => ["label", each]));
}
