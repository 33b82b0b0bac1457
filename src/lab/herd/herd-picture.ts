import type { HerdPlan, HerdRun } from "./herd.ts";

const size = { width: 880, height: 380, left: 60, right: 20, top: 50, bottom: 40 } as const;
/** Each point is the most that was asked in a second of so many. */
const binSeconds = 10;
const colours = { with: "#0b7285", without: "#e8590c" } as const;

/** Requests a second over time of runs of one plan, as SVG; the axis of requests is logarithmic. */
export function herdPicture({ nodes, ratePerSecond, minutes }: HerdPlan, runs: readonly HerdRun[]): string {
  const x = (second: number) => size.left + (second / (minutes * 60)) * (size.width - size.left - size.right);
  const most = Math.max(10, ratePerSecond, ...runs.flatMap(({ made }) => made)) + 1;
  const decades = Math.ceil(Math.log10(most));
  const inner = size.height - size.top - size.bottom;
  const y = (count: number) => size.height - size.bottom - (Math.log10(count + 1) / decades) * inner;
  const parts = [
    text([size.left, 20], `${nodes} nodes boot at one moment: requests a second at their registrar`),
    ...Array.from({ length: decades + 1 }, (_, decade) => 10 ** decade).map(
      (count) => line([size.left, size.width - size.right], y(count), "#ddd") + text([14, y(count) + 4], String(count)),
    ),
    line([size.left, size.width - size.right], y(ratePerSecond), "#c92a2a"),
    ...Array.from({ length: Math.floor(minutes / 10) + 1 }, (_, tenth) =>
      text([x(tenth * 600) - 16, size.height - 16], `${tenth * 10} min`),
    ),
    ...runs.map(
      (run, at) => curve(run, { x, y, minutes }) + text([size.left + at * 160, 40], nameOf(run), colourOf(run)),
    ),
    text([size.width - 180, y(ratePerSecond) - 5], `answered: ${ratePerSecond} a second`, "#c92a2a"),
  ];
  const box = `viewBox="0 0 ${size.width} ${size.height}" width="${size.width}" height="${size.height}"`;
  const open = `<svg xmlns="http://www.w3.org/2000/svg" ${box} font-family="sans-serif" font-size="12">`;
  return `${[open, `<rect width="100%" height="100%" fill="#fff"/>`, ...parts, "</svg>"].join("\n")}\n`;
}

function curve(
  run: HerdRun,
  { x, y, minutes }: { x: (second: number) => number; y: (count: number) => number; minutes: number },
): string {
  const points = Array.from({ length: (minutes * 60) / binSeconds }, (_, bin) => {
    const counts = run.made.slice(bin * binSeconds, (bin + 1) * binSeconds);
    return `${x(bin * binSeconds).toFixed(1)},${y(Math.max(0, ...counts)).toFixed(1)}`;
  });
  return `<polyline fill="none" stroke="${colourOf(run)}" stroke-width="1.5" points="${points.join(" ")}"/>`;
}

function nameOf({ hasJitter }: HerdRun): string {
  return hasJitter ? "with jitter" : "without jitter";
}

function colourOf({ hasJitter }: HerdRun): string {
  return hasJitter ? colours.with : colours.without;
}

function line([from, to]: readonly [number, number], at: number, colour: string): string {
  return `<path d="M${from} ${at.toFixed(1)}H${to}" stroke="${colour}"/>`;
}

function text([x, y]: readonly [number, number], words: string, colour = "#222"): string {
  const halo = `paint-order="stroke" stroke="#fff" stroke-width="3"`;
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" fill="${colour}" ${halo}>${words}</text>`;
}
