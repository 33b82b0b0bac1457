import type { ChartState } from "../chart/chart.ts";
import { gridPx, onGrid, type PlacedBox } from "./box.ts";
import { type Diagram, type Edge, isWithin } from "./diagram.ts";
import { legendOf } from "./legend.ts";
import { settle } from "./level.ts";
import { boxed, dotOf, evened, has, isOnPath, leafOf, pillOf, type Sketch } from "./sketch.ts";
import { gapBetween, strandsOf } from "./strands.ts";
import { blockOf, readable, sizes, type Widths, widthChoices } from "./text.ts";

/** Between a box and the boxes in it, for arrows that run there. */
const insidePx = 24;

/**
 * Finds a place for all boxes in a column of text: what is on the happy path stands below each other, what is beside it
 * to the right of that, near to what leads there. Outer boxes come before those in them.
 */
export function placeBoxes(diagram: Diagram): PlacedBox[] {
  const limit = readable.columnPx - 2 * sizes.margin;
  const sketches = widthChoices.map((widths) => sketchOf(diagram.root, diagram, { limit, widths }));
  const excess = ({ width, height }: Sketch) => Math.max(0, width - limit) * 100 + height;
  const [sketch] = sketches.toSorted((a, b) => excess(a) - excess(b));
  if (sketch === undefined) return [];
  const boxes = settled({ ...sketch, x: sizes.margin, y: sizes.margin });
  const legend = legendOf(new Set(boxes.map(({ kind }) => kind)));
  return boxes.map((box, index) => {
    const left = box.x + box.width - legend.width - sizes.padding;
    const keys = legend.texts.map((text) => ({ ...text, x: text.x + left, y: text.y + box.y + sizes.padding }));
    return index === 0 ? { ...box, texts: [...box.texts, ...keys] } : box;
  });
}

function settled(sketch: Sketch): PlacedBox[] {
  const { id, kind, x, y, width, height } = sketch;
  const texts = sketch.texts.map((text) => ({ ...text, x: text.x + x, y: text.y + y }));
  const spineX = sketch.isMain ? x + sketch.spine : null;
  const parts = sketch.parts.flatMap((part) => settled({ ...part, x: part.x + x, y: part.y + y }));
  return [{ id, kind, x, y, width, height, spineX, texts }, ...parts];
}

/** How wide a box should be at most, and the texts in it. */
interface Frame {
  limit: number;
  widths: Widths;
}

function sketchOf(state: ChartState, diagram: Diagram, frame: Frame): Sketch {
  if (state.states.length === 0) return leafOf(state, diagram, frame.widths);
  return state.kind === "parallel" ? regionsOf(state, diagram, frame) : columnsOf(state, diagram, frame);
}

/** The regions of a parallel state: beside each other when there is room, otherwise below each other. */
function regionsOf(state: ChartState, diagram: Diagram, { limit, widths }: Frame): Sketch {
  const header = blockOf(state, sizes.groupText);
  const top = onGrid(header.height + 2 * sizes.padding + 8);
  const parts = state.states.map((each) => sketchOf(each, diagram, { limit: limit - 2 * insidePx, widths }));
  const isWide = parts.reduce((sum, { width }) => sum + width + insidePx, insidePx) > limit;
  const spine = insidePx + Math.max(...parts.map((part) => part.spine));
  let [x, y] = [insidePx, top];
  for (const part of parts) {
    Object.assign(part, { x: isWide ? spine - part.spine : x, y });
    if (isWide) y += part.height + insidePx;
    else x += part.width + insidePx;
  }
  const [right, bottom] = [parts.map((part) => part.x + part.width), parts.map((part) => part.y + part.height)];
  const size = { width: onGrid(Math.max(...right) + insidePx, 2), height: Math.max(...bottom) + insidePx };
  const own = (parts[0]?.x ?? 0) + (parts[0]?.spine ?? 0);
  return boxed({ state, header, parts, isMain: isOnPath(state, diagram) }, { ...size, spine: own });
}

/** The happy path's column, and beside it what else there is. */
function columnsOf(state: ChartState, diagram: Diagram, { limit, widths }: Frame): Sketch {
  const inside = limit - 2 * insidePx;
  const hasPath = state.states.some((each) => isOnPath(each, diagram));
  const besideMain = inside - widths.main - 2 * sizes.padding - sizes.labelText;
  const sketches = state.states.map((each) =>
    sketchOf(each, diagram, { limit: hasPath && !isOnPath(each, diagram) ? besideMain : inside, widths }),
  );
  const column = columnIn(state, sketches, diagram);
  const main = [...dotOf(state, diagram), ...evened(column)];
  const side = [...pillOf(state, diagram), ...evened(sketches.filter((each) => !column.includes(each)))];
  const edges = ownEdges(state, diagram, [...main, ...side]);
  const header = headerOf(state, diagram);
  const left = insidePx + Math.min(2, lanes(edges, main)) * gridPx;
  const spine = onGrid(left + Math.max(...main.map((each) => each.spine)));
  const gaps = main.map((each, index) => gapBetween(each, main[index + 1] ?? each, edges));
  const strands = strandsOf(side, { main, edges, lanes: widths.lanes });
  const last = main.at(-1);
  const isOpenBelow = !diagram.edges.some(
    ({ tone, from }) => tone === "happy" && last !== undefined && has(last, from),
  );
  const level = { main, strands, edges, gaps, top: header.top, spine, limit: limit - insidePx, isOpenBelow };
  const { right, bottom } = settle(level);
  const parts = [...main, ...strands.flatMap(({ boxes }) => boxes)];
  const size = { width: onGrid(Math.max(right + insidePx, header.width), 2), height: onGrid(bottom + 16) };
  return boxed({ state, header: header.block, parts, isMain: isOnPath(state, diagram) }, { ...size, spine });
}

/** A state's own words; the whole picture's also have the legend beside them. */
function headerOf(state: ChartState, { root, edges }: Diagram) {
  const isRoot = state === root;
  const block = blockOf(state, isRoot ? 300 : sizes.groupText);
  const isPill = edges.some(({ from }) => from.endsWith("#any"));
  const legend = legendOf(new Set(["start", "final", ...(isPill ? (["any"] as const) : [])]));
  const height = isRoot ? Math.max(block.height, legend.height) : block.height;
  const width = block.width + (isRoot ? legend.width + 2 * sizes.padding : 0);
  return { block, width: width + 2 * sizes.padding, top: onGrid(height + sizes.padding + 8) };
}

/** What stands in the main column: the happy path, or where there is none the way that a state begins with. */
function columnIn(state: ChartState, sketches: Sketch[], { edges }: Diagram): Sketch[] {
  const onPath = sketches.filter(({ isMain }) => isMain);
  if (onPath.length > 0) return onPath;
  const found: Sketch[] = [];
  let next = sketches.find(({ id }) => id === state.initial) ?? sketches[0];
  while (next !== undefined) {
    found.push(next);
    const last = next;
    const ways = edges.filter(({ from, isFailure }) => has(last, from) && !isFailure);
    next = sketches.find((each) => !found.includes(each) && ways.some(({ to }) => has(each, to)));
  }
  return found;
}

/** Arrows that run between the parts of a state; those within one part find their room there. */
function ownEdges(state: ChartState, { edges }: Diagram, parts: Sketch[]): Edge[] {
  return edges
    .filter(({ from, to }) => isWithin(from, state.id) && isWithin(to, state.id))
    .filter(({ from, to }) => !parts.some((each) => has(each, from) && has(each, to)));
}

/** How many arrows run along the main column, past a box of it. */
function lanes(edges: Edge[], main: Sketch[]): number {
  const indexOf = (id: string) => main.findIndex((each) => has(each, id));
  return edges.filter(({ from, to }) => {
    const [a, b] = [indexOf(from), indexOf(to)];
    return a !== -1 && b !== -1 && b !== a + 1;
  }).length;
}
