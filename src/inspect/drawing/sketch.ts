import type { ChartState } from "../chart/chart.ts";
import { gridPx, onGrid, type PlacedBox } from "./box.ts";
import { anyIdOf, type Diagram, type Edge, isWithin, startIdOf } from "./diagram.ts";
import { blockOf, labelBlock, sizes, stack, type TextBlock, type Widths } from "./text.ts";

/** A box whose place within the box around it is not final. */
export interface Sketch extends Omit<PlacedBox, "spineX"> {
  /** Distance of the happy path from the left side. */
  spine: number;
  /** Whether it is on the happy path. */
  isMain: boolean;
  parts: Sketch[];
}

/** A state without others in it. */
export function leafOf(state: ChartState, diagram: Diagram, widths: Widths): Sketch {
  const isMain = isOnPath(state, diagram);
  const { texts, width, height } = blockOf(state, isMain ? widths.main : widths.side);
  const full = onGrid(width + 2 * sizes.padding, 2);
  const least = Math.max(height + 2 * sizes.padding - 6, roomForEnds(state, diagram));
  return {
    ...{ id: state.id, kind: state.kind, x: 0, y: 0, parts: [], isMain },
    ...{ width: full, height: onGrid(least), spine: full / 2 },
    texts: texts.map((text) => ({ ...text, x: text.x + sizes.padding, y: text.y + sizes.padding - 3 })),
  };
}

/** How high a box must be so that its arrows have a distance on its sides, and labels at their beginnings room there. */
function roomForEnds({ id }: ChartState, { edges, happyPath }: Diagram): number {
  const ends = edges.filter(({ from, to }) => from === id || to === id);
  const isTwin = (edge: Edge) => edges.some(({ from, to }) => from === edge.to && to === edge.from);
  const labelled = ends.filter((edge) => edge.tone !== "happy" && (edge.from === id || isTwin(edge)));
  const height = labelled.reduce((sum, { labels }) => sum + labelBlock(labels).height + 6, 0);
  return Math.max((ends.length + 1) * gridPx, happyPath.includes(id) ? height : height / 2);
}

/** Whether a healthy run visits a state. */
export function isOnPath(state: ChartState, { happyPath }: Diagram): boolean {
  return happyPath.some((each) => each === state.id || isWithin(each, state.id));
}

/** Boxes without others in them, all as wide as the widest. */
export function evened(sketches: Sketch[]): Sketch[] {
  const width = Math.max(0, ...sketches.filter(({ parts }) => parts.length === 0).map((each) => each.width));
  return sketches.map((each) => (each.parts.length > 0 ? each : { ...each, width, spine: width / 2 }));
}

/** The dot at which a state's first child is entered; none where no arrow begins at it. */
export function dotOf(state: ChartState, diagram: Diagram): Sketch[] {
  const id = startIdOf(state.id);
  if (!diagram.edges.some(({ from }) => from === id)) return [];
  const isMain = isOnPath(state, diagram);
  return [{ id, kind: "start", x: 0, y: 0, width: 16, height: 16, spine: 8, isMain, parts: [], texts: [] }];
}

/** The pill at which the arrows begin that leave any of a state's children; none where there is no such arrow. */
export function pillOf({ id }: ChartState, { edges }: Diagram): Sketch[] {
  const pill = anyIdOf(id);
  if (!edges.some(({ from }) => from === pill)) return [];
  const { texts, width } = stack([["small", "any state"]]);
  const full = onGrid(width + 24, 2);
  const centred = texts.map((text) => ({ ...text, x: (full - width) / 2, y: 5 }));
  return [
    {
      ...{ id: pill, kind: "any", x: 0, y: 0, width: full, height: 24 },
      ...{ spine: full / 2, isMain: false, parts: [], texts: centred },
    },
  ];
}

/** What a state with others in it consists of. */
export interface Content {
  state: ChartState;
  header: TextBlock;
  parts: Sketch[];
  isMain: boolean;
}

/** A state around others. */
export function boxed(content: Content, size: { width: number; height: number; spine: number }): Sketch {
  const { state, header, parts, isMain } = content;
  const texts = header.texts.map((text) => ({ ...text, x: text.x + sizes.padding, y: text.y + sizes.padding }));
  return { id: state.id, kind: state.kind, x: 0, y: 0, ...size, isMain, parts, texts };
}

/** Whether a box is another one or in it. */
export function has(sketch: Sketch, id: string): boolean {
  return sketch.id === id || sketch.parts.some((part) => has(part, id));
}

/** Where the middle of a box in a sketch is, from the sketch's upper left corner. */
export function middleOf(sketch: Sketch, id: string): { x: number; y: number } {
  const part = sketch.id === id ? undefined : sketch.parts.find((each) => has(each, id));
  if (part === undefined) return { x: sketch.width / 2, y: sketch.height / 2 };
  const { x, y } = middleOf(part, id);
  return { x: x + part.x, y: y + part.y };
}
