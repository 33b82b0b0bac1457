import type { PlacedBox } from "./box.ts";
import { type Key, type PlacedText, sizes, stack, type TextBlock } from "./text.ts";

const tones: [Key, string][] = [
  ["happy", "healthy run"],
  ["plain", "other ways on"],
  ["setback", "trying again, giving up"],
];

const others: [Key, string][] = [
  ["dot", "begins here"],
  ["pill", "from any state inside"],
  ["end", "the end"],
  ["guard", "if x holds; [else]: if not"],
  ["inside", "happens within the state"],
];

/** What the marks in a picture mean: the arrows' tones, and beside them what else there is in it. */
export function legendOf(kinds: ReadonlySet<PlacedBox["kind"]>): TextBlock {
  const isThere = ([key]: [Key, string]) =>
    (key !== "dot" || kinds.has("start")) &&
    (key !== "pill" || kinds.has("any")) &&
    (key !== "end" || kinds.has("final"));
  const shown = [...tones, ...others.filter(isThere)];
  const half = Math.ceil(shown.length / 2);
  const [left, right] = [column(shown.slice(0, half)), column(shown.slice(half))];
  const moved = right.texts.map((text) => ({ ...text, x: text.x + left.width + 20 }));
  return {
    texts: [...left.texts, ...moved],
    width: left.width + 20 + right.width,
    height: Math.max(left.height, right.height),
  };
}

function column(keys: [Key, string][]): TextBlock {
  const { texts, width, height } = stack(keys.map(([key, text]) => [`key-${key}`, text]));
  const moved = texts.map((text): PlacedText => ({ ...text, x: text.x + sizes.keySample }));
  return { texts: moved, width: width + sizes.keySample, height };
}
