import { costs, type Direction, type Grid, type Stop } from "./grid.ts";

/** A possible beginning or end of a way, with what it costs to use it. */
export interface Port extends Stop {
  cost: number;
}

/** What a way is looked for between. */
export interface Search {
  grid: Grid;
  blocked: Uint8Array;
  from: Port[];
  to: Port[];
  /** Ways that cost as much or more are not wanted. */
  limit: number;
}

/** A way with what it costs, in steps. */
export interface Way {
  stops: Stop[];
  cost: number;
}

const directions: readonly Direction[] = [0, 1, 2, 3];

const bendCost = costs.bend;

/** What is known of places: the cost of the cheapest way to each, and the place before it on that way. */
interface Known {
  cost: Float64Array;
  before: Int32Array;
}

/** The cheapest way over the grid (A*, with the direction as part of the place), or null when there is none. */
export function cheapest(search: Search): Way | null {
  const { grid, from, to } = search;
  const goals = new Map(to.map((port) => [keyOf(port, grid), port.cost]));
  const known = memoryFor(grid);
  const queue = new Queue();
  const rest = remainder(to);
  const visit = (key: number, cost: number, before: number) => {
    const place = key >> 2;
    const guess = cost + rest(place % grid.cols, Math.floor(place / grid.cols));
    if (guess >= search.limit || (known.cost[key] ?? 0) <= cost) return;
    known.cost[key] = cost;
    known.before[key] = before;
    queue.push(key, guess);
  };
  for (const port of from) visit(keyOf(port, grid), port.cost, -1);
  let [goal, total] = [-1, search.limit];
  while (queue.least < total) {
    const { least } = queue;
    const key = queue.pop();
    const cost = known.cost[key] ?? 0;
    const place = key >> 2;
    if (cost + rest(place % grid.cols, Math.floor(place / grid.cols)) < least) continue;
    const whole = cost + (goals.get(key) ?? Infinity);
    if (whole < total) [goal, total] = [key, whole];
    goOn(key, search, (next, step) => visit(next, cost + step, key));
  }
  return goal === -1 ? null : { stops: traced(goal, known, grid), cost: total };
}

/** One search at a time uses it: it takes longer to get so much memory than to search. */
let memory: Known = { cost: new Float64Array(0), before: new Int32Array(0) };

function memoryFor({ cols, rows }: Grid): Known {
  const size = cols * rows * 4;
  if (memory.cost.length < size) memory = { cost: new Float64Array(size), before: new Int32Array(size) };
  memory.cost.fill(Infinity, 0, size);
  return memory;
}

function keyOf({ col, row, direction }: Stop, grid: Grid): number {
  return (row * grid.cols + col) * 4 + direction;
}

function stopOf(key: number, { cols }: Grid): Stop {
  const place = key >> 2;
  return { col: place % cols, row: Math.floor(place / cols), direction: (key & 3) as Direction };
}

function goOn(key: number, { grid, blocked }: Search, visit: (to: number, cost: number) => void): void {
  const [place, direction] = [key >> 2, (key & 3) as Direction];
  for (const next of directions) {
    if ((next + 2) % 4 === direction) continue;
    const then = place + grid.strides[next];
    if (blocked[then] !== 0) continue;
    const step = grid.cost(place, direction, next);
    if (step !== null) visit(then * 4 + next, step);
  }
}

/** The least that it still costs to get there: what lies neither in the same columns nor in the same rows takes a bend. */
function remainder(to: Port[]): (col: number, row: number) => number {
  const [cols, rows] = [to.map(({ col }) => col), to.map(({ row }) => row)];
  const [left, right, top, bottom] = [Math.min(...cols), Math.max(...cols), Math.min(...rows), Math.max(...rows)];
  return (col, row) => {
    const [across, down] = [Math.max(left - col, 0, col - right), Math.max(top - row, 0, row - bottom)];
    return across + down + (across > 0 && down > 0 ? bendCost : 0);
  };
}

function traced(goal: number, { before }: Known, grid: Grid): Stop[] {
  const way: Stop[] = [];
  for (let key = goal; key !== -1; key = before[key] ?? -1) way.unshift(stopOf(key, grid));
  return way;
}

/** A binary heap: the key with the least guess comes first. */
class Queue {
  readonly #keys: number[] = [];
  readonly #guesses: number[] = [];

  /** The least guess; infinite when nothing is left. */
  get least(): number {
    return this.#guess(0);
  }

  push(key: number, guess: number): void {
    let at = this.#keys.length;
    this.#keys.push(key);
    this.#guesses.push(guess);
    while (at > 0 && this.#guess(at) < this.#guess((at - 1) >> 1)) {
      this.#swap(at, (at - 1) >> 1);
      at = (at - 1) >> 1;
    }
  }

  pop(): number {
    this.#swap(0, this.#keys.length - 1);
    this.#guesses.pop();
    const first = this.#keys.pop() ?? -1;
    for (let at = 0; ;) {
      const smaller = this.#guess(2 * at + 2) < this.#guess(2 * at + 1) ? 2 * at + 2 : 2 * at + 1;
      if (this.#guess(smaller) >= this.#guess(at)) return first;
      this.#swap(at, smaller);
      at = smaller;
    }
  }

  #guess(at: number): number {
    return at < this.#guesses.length ? (this.#guesses[at] ?? Infinity) : Infinity;
  }

  #swap(a: number, b: number): void {
    const [keys, guesses] = [this.#keys, this.#guesses];
    const [key, guess] = [keys[a] ?? -1, guesses[a] ?? Infinity];
    keys[a] = keys[b] ?? -1;
    guesses[a] = guesses[b] ?? Infinity;
    keys[b] = key;
    guesses[b] = guess;
  }
}
