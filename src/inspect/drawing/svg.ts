import type { Point } from "./geometry.ts";
import type { Placed } from "./arrange.ts";
import type { PlacedBox } from "./box.ts";
import type { PlacedEdge } from "./board.ts";
import { isKey, type Key, type PlacedText, sizes } from "./text.ts";

/** One palette for light, one for dark surroundings. */
const palettes = {
  light: {
    paper: "#ffffff",
    leaf: "#f3f6f9",
    line: "#afb8c1",
    ink: "#1f2328",
    faint: "#57606a",
    happy: "#1a7f37",
    set: "#9a6700",
  },
  dark: {
    paper: "#0d1117",
    leaf: "#262c36",
    line: "#4c5561",
    ink: "#e6edf3",
    faint: "#9198a1",
    happy: "#3fb950",
    set: "#d29922",
  },
};

function rulesOf(p: (typeof palettes)["light"]): string {
  return [
    `.paper{fill:${p.paper}}.leaf{fill:${p.leaf}}`,
    `.box{stroke:${p.line}}.on{stroke:${p.happy}}.title{fill:${p.ink}}.small,.note{fill:${p.faint}}.label{fill:${p.ink}}`,
    `.happy{stroke:${p.happy}}.plain{stroke:${p.faint}}.setback{stroke:${p.set}}`,
    `.happy-head{fill:${p.happy}}.plain-head{fill:${p.faint}}.setback-head{fill:${p.set}}.start{fill:${p.ink}}`,
  ].join("");
}

/** How pictures look. A page that takes a picture into itself needs these rules too. */
export const pictureStyle = [
  `text{font-family:Helvetica,Arial,"Liberation Sans",sans-serif}`,
  `.title{font-size:${sizes.title.font}px;font-weight:bold}.small{font-size:${sizes.small.font}px}`,
  `.note{font-size:${sizes.note.font}px;font-style:italic}.label{font-size:${sizes.label.font}px}`,
  `.group,.edge{fill:none}.edge{stroke-width:1.2}.happy{stroke-width:2.6}.setback{stroke-dasharray:5 3}`,
  rulesOf(palettes.light),
  `@media(prefers-color-scheme:dark){${rulesOf(palettes.dark)}}`,
].join("");

/** A placed diagram as SVG, which follows the reader's preference for light or dark. */
export function svgOf({ width, height, boxes, edges }: Placed, title: string): string {
  const [w, h] = [Math.ceil(width), Math.ceil(height)];
  const tones = ["happy", "plain", "setback"].map(
    (tone) =>
      `<marker id="${tone}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto"><path class="${tone}-head" d="M0 0.5L8 4L0 7.5z"/></marker>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${w} ${h}" width="${w}" height="${h}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<style>${pictureStyle}</style>`,
    `<defs>${tones.join("")}</defs>`,
    `<rect class="paper" width="${w}" height="${h}" rx="8"/>`,
    ...boxes.map(boxOf),
    ...edges.map(lineOf),
    ...edges.flatMap(({ texts }) => backOf(texts)),
    ...boxes.flatMap(({ texts }) => texts.map(textOf)),
    ...edges.flatMap(({ texts }) => texts.map(textOf)),
    "</svg>",
    "",
  ].join("\n");
}

function boxOf({ id, kind, spineX, x, y, width, height }: PlacedBox): string {
  const place = `x="${n(x)}" y="${n(y)}" width="${n(width)}" height="${n(height)}"`;
  if (kind === "start") return `<circle class="start" cx="${n(x + width / 2)}" cy="${n(y + height / 2)}" r="5"/>`;
  if (kind === "any") return `<rect class="box leaf" ${place} rx="11"/>`;
  const fill = kind === "compound" || kind === "parallel" ? "group" : spineX === null ? "leaf" : "leaf on";
  const outer = `<rect class="box ${fill}" data-state="${escaped(id)}" ${place} rx="6"/>`;
  if (kind !== "final") return outer;
  return `${outer}\n<rect class="box ${fill}" x="${n(x + 3)}" y="${n(y + 3)}" width="${n(width - 6)}" height="${n(height - 6)}" rx="4"/>`;
}

/** The attributes let a live page find what the stream of a boot names. */
function lineOf({ id, tone, points, transitions }: PlacedEdge): string {
  const named = transitions.length === 0 ? "" : ` data-transition="${escaped(transitions.join("|"))}"`;
  return `<path class="edge ${tone}" data-edge="${escaped(id)}"${named} d="${rounded(points)}" marker-end="url(#${tone})"/>`;
}

/** A way along the points with rounded corners. */
function rounded(points: Point[]): string {
  const parts = points.map((point, index) => {
    const [before, after] = [points[index - 1], points[index + 1]];
    if (before === undefined) return `M${n(point.x)} ${n(point.y)}`;
    if (after === undefined) return `L${n(point.x)} ${n(point.y)}`;
    const [a, b] = [towards(point, before), towards(point, after)];
    return `L${n(a.x)} ${n(a.y)}Q${n(point.x)} ${n(point.y)} ${n(b.x)} ${n(b.y)}`;
  });
  return parts.join("");
}

function towards(from: Point, to: Point): Point {
  const length = Math.hypot(to.x - from.x, to.y - from.y) || 1;
  const share = Math.min(6, length / 2) / length;
  return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
}

/** Paper behind a label, so that its line is interrupted there. */
function backOf(texts: PlacedText[]): string[] {
  const [first] = texts;
  if (first === undefined) return [];
  const [left, width] = [Math.min(...texts.map(({ x }) => x)) - 3, Math.max(...texts.map((each) => each.width)) + 6];
  const height = texts.reduce((sum, each) => sum + each.height, 0);
  return [`<rect class="paper" x="${n(left)}" y="${n(first.y)}" width="${n(width)}" height="${n(height)}"/>`];
}

function textOf({ style, text, x, y, height }: PlacedText): string {
  const baseline = y + height * 0.75;
  if (!isKey(style)) return `<text class="${style}" x="${n(x)}" y="${n(baseline)}">${escaped(text)}</text>`;
  const sample = sampleOf(style.slice(4) as Key, { x: x - sizes.keySample, y: y + height / 2 });
  return `${sample}<text class="label" x="${n(x)}" y="${n(baseline)}">${escaped(text)}</text>`;
}

/** What a key explains; the point is in the middle of its left side. */
function sampleOf(key: Key, { x, y }: Point): string {
  const right = x + sizes.keySample - 8;
  const [middle, top] = [(x + right) / 2, y - 6];
  const frame = (inset: number) =>
    `<rect class="box leaf" x="${n(x + 4 + inset)}" y="${n(top + inset)}" width="${24 - 2 * inset}" height="${12 - 2 * inset}" rx="${key === "pill" ? 6 : 2}"/>`;
  const words = (style: string, text: string) => `<text class="${style}" x="${n(x)}" y="${n(y + 4)}">${text}</text>`;
  switch (key) {
    case "dot":
      return `<circle class="start" cx="${n(middle)}" cy="${n(y)}" r="5"/>`;
    case "pill":
      return frame(0);
    case "end":
      return frame(0) + frame(2.5);
    case "guard":
      return words("label", "[x]");
    case "inside":
      return words("note", "italics");
    case "happy":
    case "plain":
    case "setback":
      return `<path class="edge ${key}" d="M${n(x)} ${n(y)}H${n(right)}" marker-end="url(#${key})"/>`;
  }
}

function n(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
