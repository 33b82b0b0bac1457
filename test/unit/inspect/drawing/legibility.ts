import { describe, expect, test } from "vitest";
import type { Placed } from "../../../../src/inspect/drawing/arrange.ts";
import { isGroup } from "../../../../src/inspect/drawing/box.ts";
import { encloses, overlaps, type Point, type Rect, segmentsOf } from "../../../../src/inspect/drawing/geometry.ts";
import type { PlacedEdge } from "../../../../src/inspect/drawing/board.ts";
import { svgOf } from "../../../../src/inspect/drawing/svg.ts";

/** The column in which a README is shown, and what one can read there without effort, in pixels. */
const [columnPx, leastPx] = [900, 11];

/** Whether people can read the pictures. */
export function describeLegibility(pictures: Map<string, Placed>): void {
  const each = [...pictures].map(([title, placed]) => ({ title, placed }));
  describe.each(each)("the picture of $title as a file", describeFile);
  describe.each(each)("the picture of $title", describeLabels);
}

function describeFile({ title, placed }: { title: string; placed: Placed }): void {
  const svg = svgOf(placed, title);

  test("has no small text in a column of a README", () => {
    const width = Number(/^<svg [^>]*width="(\d+)"/.exec(svg)?.[1]);
    const sizes = [...svg.matchAll(/font-size:([\d.]+)px/g)].map(([, size]) => Number(size));
    expect(sizes.length).toBeGreaterThan(0);
    expect(Math.min(...sizes) * Math.min(1, columnPx / width)).toBeGreaterThanOrEqual(leastPx);
  });

  test("tells each text in a style that has a size", () => {
    const styled = new Set([...svg.matchAll(/\.([a-z]+)(?:,\.[a-z]+)*\{font-size/g)].map(([, name]) => name));
    const used = new Set([...svg.matchAll(/<text class="([a-z]+)"/g)].map(([, name]) => name));
    expect([...used].filter((name) => !styled.has(name))).toEqual([]);
  });

  test("explains its marks", () => {
    for (const words of ["healthy run", "trying again, giving up", "[x]", "italics", "begins here"])
      expect(svg).toContain(`>${words}</text>`);
    expect(svg.includes(">any state</text>")).toBe(svg.includes(">from any state inside</text>"));
  });
}

interface LabelRect {
  edge: PlacedEdge;
  rect: Rect;
}

function labelsOf({ edges }: Placed): LabelRect[] {
  return edges.flatMap((edge) => (edge.texts.length === 0 ? [] : [{ edge, rect: around(edge.texts) }]));
}

function around(rects: Rect[]): Rect {
  const [x, y] = [Math.min(...rects.map((each) => each.x)), Math.min(...rects.map((each) => each.y))];
  const right = Math.max(...rects.map((each) => each.x + each.width));
  return { x, y, width: right - x, height: Math.max(...rects.map((each) => each.y + each.height)) - y };
}

function distance(a: Rect, b: Rect): number {
  const dx = Math.max(0, a.x - b.x - b.width, b.x - a.x - a.width);
  const dy = Math.max(0, a.y - b.y - b.height, b.y - a.y - a.height);
  return Math.hypot(dx, dy);
}

function distanceToLine(rect: Rect, points: Point[]): number {
  return Math.min(...segmentsOf(points).map((segment) => distance(rect, segment)));
}

/** How much line is visible before and after a label. */
function visible({ edge, rect }: LabelRect): [number, number] {
  const lengths = segmentsOf(edge.points).map((segment) => ({ segment, length: segment.width + segment.height }));
  const index = lengths.findIndex(({ segment }) => distance(rect, segment) === 0);
  const [from, to] = [edge.points[index], edge.points[index + 1]];
  if (from === undefined || to === undefined) return [Infinity, Infinity];
  const sum = (some: { length: number }[]) => some.reduce((total, { length }) => total + length, 0);
  const gap = (point: Point) => distance(rect, { ...point, width: 0, height: 0 });
  return [sum(lengths.slice(0, index)) + gap(from), sum(lengths.slice(index + 1)) + gap(to)];
}

function describeLabels({ placed }: { placed: Placed }): void {
  const labels = labelsOf(placed);

  test("has each label on its own arrow, away from all others", () => {
    const strange = labels.filter(({ edge, rect }) => distanceToLine(rect, edge.points) > 0);
    const near = labels.flatMap(({ edge, rect }) =>
      placed.edges
        .filter((other) => other !== edge && distanceToLine(rect, other.points) < 5)
        .map((other) => `${edge.id} / ${other.id}`),
    );
    expect([...strange.map(({ edge }) => edge.id), ...near]).toEqual([]);
  });

  test("has no label on a border", () => {
    const found = labels.flatMap(({ edge, rect }) =>
      placed.boxes
        .filter((box) => overlaps(rect, box) && !(isGroup(box) && encloses(box, rect)))
        .map(({ id }) => `${edge.id} / ${id}`),
    );
    expect(found).toEqual([]);
  });

  test("has each label near an end of its arrow", () => {
    const far = labels.filter((label) => Math.min(...visible(label)) > 120);
    expect(far.map((label) => `${label.edge.id} ${visible(label).join(", ")}`)).toEqual([]);
  });

  test("has no two arrows that end at nearly the same place", () => {
    const dots = new Set(placed.boxes.filter(({ kind }) => kind === "start").map(({ id }) => id));
    const ends = placed.edges.flatMap(({ id, from, points }) => [
      ...(dots.has(from) ? [] : [{ id, point: points[0] }]),
      { id, point: points.at(-1) },
    ]);
    const at = (point: Point | undefined) => ({ x: 0, y: 0, ...point, width: 0, height: 0 });
    const found = ends.flatMap((one, index) =>
      ends
        .slice(index + 1)
        .filter((other) => distance(at(one.point), at(other.point)) < 16)
        .map((other) => `${one.id} / ${other.id}`),
    );
    expect(found).toEqual([]);
  });
}
