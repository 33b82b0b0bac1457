/** A place on the paper, in pixels from its upper left corner. */
export interface Point {
  x: number;
  y: number;
}

/** Upper left corner and size, in pixels. */
export interface Rect extends Point {
  width: number;
  height: number;
}

/** Whether two rectangles share more than an edge. */
export function overlaps(a: Rect, b: Rect): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

/** Whether a rectangle lies in another one. */
export function encloses(outer: Rect, inner: Rect): boolean {
  const [right, bottom] = [inner.x + inner.width, inner.y + inner.height];
  return inner.x >= outer.x && inner.y >= outer.y && right <= outer.x + outer.width && bottom <= outer.y + outer.height;
}

/** A rectangle that is larger on each side; smaller with a negative number. */
export function grown({ x, y, width, height }: Rect, by: number): Rect {
  return { x: x - by, y: y - by, width: width + 2 * by, height: height + 2 * by };
}

/** The rectangles that the straight parts of a way fill, so thin that they have no area of their own. */
export function segmentsOf(points: readonly Point[]): Rect[] {
  return points.slice(1).map((to, index) => {
    const from = points[index] ?? to;
    const [x, y] = [Math.min(from.x, to.x), Math.min(from.y, to.y)];
    return { x, y, width: Math.abs(from.x - to.x), height: Math.abs(from.y - to.y) };
  });
}
