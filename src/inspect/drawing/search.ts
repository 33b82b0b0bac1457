import { ahead, type Direction, type Grid, type Stop } from "./grid.ts";

/** A possible beginning or end of a way, with what it costs to use it. */
export interface Port extends Stop {
  cost: number;
}

export interface Search {
  grid: Grid;
  blocked: Uint8Array;
  from: Port[];
  to: Port[];
}

const directions: Direction[] = [0, 1, 2, 3];

/** What is known of a place: the cost of the cheapest way to it, and the place before it on that way. */
interface Known {
  cost: Float64Array;
  before: Int32Array;
}

/** A way with what it costs, in steps. */
export interface Way {
  stops: Stop[];
  cost: number;
}

/** The cheapest way over the grid (A*, with the direction as part of the place), or null when there is none. */
export function cheapest(search: Search): Way | null {
  const { grid, from, to } = search;
  const goals = new Map(to.map((port) => [keyOf(port, grid), port.cost]));
  const size = grid.cols * grid.rows * 4;
  const known: Known = { cost: new Float64Array(size).fill(Infinity), before: new Int32Array(size).fill(-1) };
  const queue = new Queue();
  const rest = remainder(to);
  const visit = (stop: Stop, cost: number, before: number) => {
    const key = keyOf(stop, grid);
    if ((known.cost[key] ?? 0) <= cost) return;
    known.cost[key] = cost;
    known.before[key] = before;
    queue.push({ stop, key, cost, guess: cost + rest(stop) });
  };
  for (const port of from) visit(port, port.cost, -1);
  let [goal, total] = [-1, Infinity];
  for (let item = queue.pop(); item !== null && item.guess < total; item = queue.pop()) {
    if (item.cost > (known.cost[item.key] ?? 0)) continue;
    const whole = item.cost + (goals.get(item.key) ?? Infinity);
    if (whole < total) [goal, total] = [item.key, whole];
    goOn(item, search, visit);
  }
  return goal === -1 ? null : { stops: traced(goal, known, grid), cost: total };
}

function keyOf({ col, row, direction }: Stop, grid: Grid): number {
  return (row * grid.cols + col) * 4 + direction;
}

function goOn(
  { stop, key, cost }: Item,
  { grid, blocked }: Search,
  visit: (to: Stop, cost: number, before: number) => void,
): void {
  for (const next of directions) {
    if ((next + 2) % 4 === stop.direction) continue;
    const then = ahead(stop, next);
    if (blocked[then.row * grid.cols + then.col] !== 0) continue;
    const step = grid.cost(stop, next);
    if (step !== null) visit(then, cost + step, key);
  }
}

/** The least that is still to go. */
function remainder(to: Port[]): (stop: Stop) => number {
  const [cols, rows] = [to.map(({ col }) => col), to.map(({ row }) => row)];
  const [left, right, top, bottom] = [Math.min(...cols), Math.max(...cols), Math.min(...rows), Math.max(...rows)];
  return ({ col, row }) => Math.max(left - col, 0, col - right) + Math.max(top - row, 0, row - bottom);
}

function traced(goal: number, { before }: Known, { cols }: Grid): Stop[] {
  const way: Stop[] = [];
  for (let key = goal; key !== -1; key = before[key] ?? -1) {
    const place = key >> 2;
    way.unshift({ col: place % cols, row: Math.floor(place / cols), direction: (key & 3) as Direction });
  }
  return way;
}

interface Item {
  stop: Stop;
  key: number;
  cost: number;
  guess: number;
}

/** A binary heap: the item with the least guess comes first. */
class Queue {
  readonly #items: Item[] = [];

  push(item: Item): void {
    let at = this.#items.length;
    this.#items.push(item);
    while (at > 0 && this.#guess(at) < this.#guess((at - 1) >> 1)) {
      this.#swap(at, (at - 1) >> 1);
      at = (at - 1) >> 1;
    }
  }

  pop(): Item | null {
    this.#swap(0, this.#items.length - 1);
    const first = this.#items.pop();
    for (let at = 0; ;) {
      const smaller = this.#guess(2 * at + 2) < this.#guess(2 * at + 1) ? 2 * at + 2 : 2 * at + 1;
      if (this.#guess(smaller) >= this.#guess(at)) return first ?? null;
      this.#swap(at, smaller);
      at = smaller;
    }
  }

  #guess(at: number): number {
    return this.#items[at]?.guess ?? Infinity;
  }

  #swap(a: number, b: number): void {
    const [one, other] = [this.#items[a], this.#items[b]];
    if (one === undefined || other === undefined) return;
    this.#items[a] = other;
    this.#items[b] = one;
  }
}
