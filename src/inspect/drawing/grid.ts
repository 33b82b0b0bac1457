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

/** All of them. */
export const directions: readonly Direction[] = [0, 1, 2, 3];

const steps = [
  [1, 0],
  [0, 1],
  [-1, 0],
  [0, -1],
] as const;

/** What a step costs beyond its length, in steps. */
export const costs = { bend: 12, crossing: 8, beside: 2 };

/** The paper in squares: where arrows may go, and where others go already. */
export class Grid {
  readonly cols: number;
  readonly rows: number;
  /** How far the index of a point is from that of the next one, by direction. */
  readonly strides: readonly [number, number, number, number];
  /** For each point, which orientations are taken: 1 horizontal, 2 vertical, 3 a bend or an end. */
  readonly #taken: Uint8Array;

  constructor(width: number, height: number) {
    this.cols = Math.ceil(width / gridPx) + 1;
    this.rows = Math.ceil(height / gridPx) + 1;
    this.strides = [1, this.cols, -1, -this.cols];
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

  /** Whether an arrow can go straight on there, across another one if need be. */
  isPassable({ col, row, direction }: Stop): boolean {
    return (this.#at(col, row) & (direction % 2 === 0 ? 1 : 2)) === 0;
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

  /** Cost of going on from a point, given by its index, or null if one cannot. */
  cost(place: number, direction: Direction, next: Direction): number | null {
    const own = next % 2 === 0 ? 1 : 2;
    const then = place + this.strides[next];
    const there = this.#taken[then] ?? 3;
    if ((there & own) !== 0) return null;
    if (next !== direction && this.#taken[place] !== 0) return null;
    const across = this.strides[(next + 1) % 4] ?? 0;
    const near = (this.#taken[then + across] ?? 3) | (this.#taken[then - across] ?? 3);
    const bend = next === direction ? 0 : costs.bend;
    return 1 + bend + (there === 0 ? 0 : costs.crossing) + ((near & own) !== 0 ? costs.beside : 0);
  }
}

/** The opposite direction. */
export function turnOf(direction: Direction): Direction {
  return ((direction + 2) % 4) as Direction;
}

/** The point one step further. */
export function ahead({ col, row }: Stop, direction: Direction, count = 1): Stop {
  const [dx, dy] = steps[direction];
  return { col: col + dx * count, row: row + dy * count, direction };
}
