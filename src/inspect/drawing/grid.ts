import { type Point, type Rect, segmentsOf } from "./geometry.ts";
import { gridPx } from "./box.ts";

/** Right, down, left, up. */
export type Direction = 0 | 1 | 2 | 3;

/** A place on the grid, in steps, with the direction in which an arrow passes it. */
export interface Stop {
  col: number;
  row: number;
  direction: Direction;
}

const steps = [
  [1, 0],
  [0, 1],
  [-1, 0],
  [0, -1],
] as const;

/** What a step costs beyond its length, in steps. */
const costs = { bend: 12, crossing: 8, beside: 2 };

/** The paper in squares: where arrows may go, and where others go already. */
export class Grid {
  readonly cols: number;
  readonly rows: number;
  /** For each point, which orientations are taken: 1 horizontal, 2 vertical, 3 a bend or an end. */
  readonly #taken: Uint8Array;

  constructor(width: number, height: number) {
    this.cols = Math.ceil(width / gridPx) + 1;
    this.rows = Math.ceil(height / gridPx) + 1;
    this.#taken = new Uint8Array(this.cols * this.rows);
  }

  /** Points that lie in any of these rectangles, their borders included. */
  blocked(rects: Rect[]): Uint8Array {
    const found = new Uint8Array(this.cols * this.rows);
    for (const rect of rects) this.#fill(found, rect);
    return found;
  }

  #fill(found: Uint8Array, { x, y, width, height }: Rect): void {
    const toCol = Math.min(this.cols - 1, Math.floor((x + width) / gridPx));
    const toRow = Math.min(this.rows - 1, Math.floor((y + height) / gridPx));
    for (let row = Math.max(0, Math.ceil(y / gridPx)); row <= toRow; row++) {
      for (let col = Math.max(0, Math.ceil(x / gridPx)); col <= toCol; col++) found[row * this.cols + col] = 1;
    }
  }

  isTaken({ col, row }: Stop): boolean {
    return this.#at(col, row) !== 0;
  }

  /** Remembers a way, so that later ones neither run on it nor bend where it goes. */
  take(points: readonly Point[]): void {
    for (const { x, y, width, height } of segmentsOf(points)) {
      const mark = width > 0 ? 1 : 2;
      for (let at = 0; at <= width + height; at += gridPx)
        this.#mark({ x: width > 0 ? x + at : x, y: width > 0 ? y : y + at }, mark);
    }
    for (const point of points) this.#mark(point, 3);
  }

  #mark({ x, y }: Point, mark: number): void {
    const index = Math.round(y / gridPx) * this.cols + Math.round(x / gridPx);
    this.#taken[index] = (this.#taken[index] ?? 0) | mark;
  }

  #at(col: number, row: number): number {
    return this.#taken[row * this.cols + col] ?? 3;
  }

  /** Cost of going on from a point, or null if one cannot. */
  cost({ col, row, direction }: Stop, next: Direction): number | null {
    const [dx, dy] = steps[next];
    const own = dx !== 0 ? 1 : 2;
    const there = this.#at(col + dx, row + dy);
    const here = this.#at(col, row);
    if ((there & own) !== 0) return null;
    if (next !== direction && here !== 0) return null;
    const crossing = there === 0 ? 0 : costs.crossing;
    const bend = next === direction ? 0 : costs.bend;
    const near = [this.#at(col + dx + dy, row + dy + dx), this.#at(col + dx - dy, row + dy - dx)];
    return 1 + crossing + bend + (near.some((mark) => (mark & own) !== 0) ? costs.beside : 0);
  }
}

/** The point one step further. */
export function ahead({ col, row }: Stop, direction: Direction, count = 1): Stop {
  const [dx, dy] = steps[direction];
  return { col: col + dx * count, row: row + dy * count, direction };
}
