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

/** Keys stand beside a sample of the kind of arrow that they explain. */
export type TextStyle = "title" | "small" | "note" | "badge" | "label" | `key-${Tone}`;

/** A line of text: the rectangle that it fills, its baseline at three quarters of the height. */
export interface PlacedText extends Rect {
  text: string;
  style: TextStyle;
}

/** Sizes in pixels. */
export const sizes = {
  title: { font: 13, line: 17 },
  small: { font: 11, line: 13 },
  note: { font: 10.5, line: 13 },
  badge: { font: 10.5, line: 13 },
  label: { font: 10.5, line: 13 },
  "key-happy": { font: 10.5, line: 14 },
  "key-plain": { font: 10.5, line: 14 },
  "key-setback": { font: 10.5, line: 14 },
  keySample: 36,
  padding: 10,
  mainText: 220,
  sideText: 144,
  groupText: 340,
  margin: 8,
} as const;

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
    const { font, line } = sizes[style];
    const width = textWidth(text, font, style === "title" ? "bold" : "regular");
    y += line;
    return { text, style, x: 0, y: y - line, width, height: line };
  });
  return { texts, width: Math.max(0, ...texts.map(({ width }) => width)), height: y };
}

/** What stands in a state's box; its badge stands on the right of the title. */
export function blockOf(state: Pick<ChartState, "name" | "description" | "badge" | "notes">, maxPx: number): TextBlock {
  const { texts, width, height } = stack([
    ["title", state.name],
    ...wrap(state.description, sizes.small.font, maxPx).map((line): [TextStyle, string] => ["small", line]),
    ...state.notes
      .flatMap((note) => wrap(note, sizes.note.font, maxPx))
      .map((line): [TextStyle, string] => ["note", line]),
  ]);
  const badges = stack(state.badge === null ? [] : [["badge", state.badge]]);
  const full = Math.max(width, badges.width === 0 ? 0 : (texts[0]?.width ?? 0) + 16 + badges.width);
  return {
    texts: [...texts, ...badges.texts.map((text) => ({ ...text, x: full - text.width, y: 3 }))],
    width: full,
    height,
  };
}
