import type { ChartState } from "../chart/chart.ts";
import type { Tone } from "./diagram.ts";
import type { Rect } from "./geometry.ts";

/** Widths of the characters from space to tilde in Helvetica and Arial, in thousandths of the font's size (Adobe's AFM). */
const widths = [
  278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556,
  556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833,
  722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556,
  556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334,
  260, 334, 584,
];

/** Other fonts than Arial and bold type run wider. */
const allowance = { regular: 1.04, bold: 1.12 };

/** About how wide a line of text is, in pixels; rather too wide than too narrow. */
export function textWidth(text: string, sizePx: number, weight: keyof typeof allowance = "regular"): number {
  let thousandths = 0;
  for (const each of text) thousandths += widths[(each.codePointAt(0) ?? 0) - 32] ?? 1000;
  return Math.ceil((thousandths / 1000) * sizePx * allowance[weight]);
}

/** Breaks a text into lines that are at most so wide, unless one word is wider. */
export function wrap(text: string, sizePx: number, maxPx: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ").filter(Boolean)) {
    const line = lines.at(-1);
    const longer = line === undefined ? word : `${line} ${word}`;
    if (line === undefined || textWidth(longer, sizePx) > maxPx) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}

/** What the legend explains: each has a sample. */
export type Key = Tone | "dot" | "pill" | "end" | "guard" | "inside";

/** Keys stand beside their sample. */
export type TextStyle = "title" | "small" | "note" | "label" | `key-${Key}`;

/** A line of text: the rectangle that it fills, its baseline at three quarters of the height. */
export interface PlacedText extends Rect {
  text: string;
  style: TextStyle;
}

/** Pictures are as wide as a column of text, where no text may be smaller than this. */
export const readable = { columnPx: 900, fontPx: 11 };

/** Sizes in pixels. */
export const sizes = {
  title: { font: 13, line: 17 },
  small: { font: readable.fontPx, line: 13 },
  note: { font: readable.fontPx, line: 13 },
  label: { font: readable.fontPx, line: 13 },
  key: { font: readable.fontPx, line: 16 },
  keySample: 40,
  padding: 10,
  groupText: 340,
  labelText: 116,
  margin: 8,
} as const;

/** How much room things take beside each other, in pixels: texts in boxes, on the happy path and beside it, and lanes. */
export interface Widths {
  main: number;
  side: number;
  /** Room beside labels, for arrows that run past them. */
  lanes: number;
}

/** The wider, the lower are the boxes, but the less has room beside each other. */
export const widthChoices: readonly Widths[] = [
  { main: 220, side: 156, lanes: 24 },
  { main: 204, side: 140, lanes: 24 },
  { main: 188, side: 140, lanes: 24 },
  { main: 172, side: 124, lanes: 24 },
  { main: 172, side: 124, lanes: 8 },
  { main: 156, side: 116, lanes: 0 },
];

/** Lines of text with the size of the whole. */
export interface TextBlock {
  texts: PlacedText[];
  width: number;
  height: number;
}

/** Lines of text below each other. */
export function stack(lines: [TextStyle, string][]): TextBlock {
  let y = 0;
  const texts = lines.map(([style, text]) => {
    const { font, line } = isKey(style) ? sizes.key : sizes[style];
    const width = textWidth(text, font, style === "title" ? "bold" : "regular");
    y += line;
    return { text, style, x: 0, y: y - line, width, height: line };
  });
  return { texts, width: Math.max(0, ...texts.map(({ width }) => width)), height: y };
}

/** Whether a text explains something in the legend. */
export function isKey(style: TextStyle): style is `key-${Key}` {
  return style.startsWith("key-");
}

/** What stands in a state's box. */
export function blockOf({ name, description, notes }: ChartState, maxPx: number): TextBlock {
  const lines = (style: "small" | "note", text: string) =>
    wrap(text, sizes[style].font, maxPx).map((line): [TextStyle, string] => [style, line]);
  return stack([["title", name], ...lines("small", description), ...notes.flatMap((note) => lines("note", note))]);
}

const labelBlocks = new WeakMap<readonly string[], TextBlock>();

/** The lines of an arrow's label: about equally long, and a guard begins a line when not all fits into one. */
export function labelBlock(labels: readonly string[]): TextBlock {
  const block = labelBlocks.get(labels) ?? broken(labels);
  labelBlocks.set(labels, block);
  return block;
}

function broken(labels: readonly string[]): TextBlock {
  const lines = labels.flatMap((label, index) => {
    const [before, whole] = [index === 0 ? "" : "or ", textWidth(`or ${label}`, sizes.label.font)];
    const [first = "", ...others] = whole > sizes.labelText ? label.split(/ (?=\[)/) : [label];
    return [before + first, ...others].flatMap(balanced);
  });
  return stack(lines.map((line) => ["label", line]));
}

/** As few lines as possible, and those as short as possible. */
function balanced(text: string): string[] {
  const lines = wrap(text, sizes.label.font, sizes.labelText);
  for (let maxPx = sizes.labelText - 4; maxPx > 0; maxPx -= 4) {
    const narrower = wrap(text, sizes.label.font, maxPx);
    const isWide = narrower.some((line) => textWidth(line, sizes.label.font) > maxPx);
    if (narrower.length > lines.length || isWide) return wrap(text, sizes.label.font, maxPx + 4);
  }
  return lines;
}
