import { type Direction, type Grid, ahead } from "./grid.ts";
import { gridPx, type PlacedBox } from "./box.ts";
import type { Port } from "./search.ts";

/** How far an arrow runs straight before its first and after its last bend, in steps: the head needs more. */
export const stubSteps = { first: 1, last: 2 };

/** What it costs, in steps, to be near to another arrow's end. */
const costs = { neighbour: 40 };

/** The best place on a side for arrows that have a twin, from 0 at its beginning to 1; upright ones have labels beside each other. */
const places = { flat: { there: 0.25, back: 0.75 }, upright: { there: 0.2, back: 0.8 } };

interface PortOptions {
  grid: Grid;
  isHappy: boolean;
  /** How far the arrow must run straight, in steps. */
  stub: number;
  /** Whether the arrow has one in the other direction beside it, and which of both it is. */
  twin: "there" | "back" | null;
  /** Where on its side it should be, from 0 to 1; null where that does not matter. */
  lean: number | null;
}

/**
 * Where an arrow can leave a box on one side: the middle is best, and on the happy path the point below the middle is for
 * the happy arrow alone.
 */
export function portsOf(box: PlacedBox, side: Direction, { grid, isHappy, stub, twin, lean }: PortOptions): Port[] {
  const isUpright = side === 1 || side === 3;
  const [col, row] = [Math.round(box.x / gridPx), Math.round(box.y / gridPx)];
  const [cols, rows] = [Math.round(box.width / gridPx), Math.round(box.height / gridPx)];
  const [length, spine] = [isUpright ? cols : rows, box.spineX === null ? null : Math.round(box.spineX / gridPx) - col];
  const isOpen = (at: number) => {
    if (lean !== null && Math.abs(at - length * lean) > 2) return false;
    if (isUpright && spine !== null) return isHappy ? at === spine : Math.abs(at - spine) >= 2;
    return !isHappy || spine === null;
  };
  const middle = lean ?? (twin === null ? 0.5 : places[isUpright ? "upright" : "flat"][twin]);
  const margin = length <= 4 ? length / 2 : 2;
  const offsets = Array.from({ length: length - 2 * margin + 1 }, (_, index) => index + margin).filter(isOpen);
  const border = (at: number) => ({
    col: col + (isUpright ? at : side === 0 ? cols : 0),
    row: row + (isUpright ? (side === 1 ? rows : 0) : at),
    direction: side,
  });
  return offsets
    .map((at): Port => ({ ...ahead(border(at), side, stub), cost: Math.abs(at - length * middle) * 0.4 }))
    .filter((port) => grid.isPassable(port) && !grid.isTaken(ahead(port, side, 1 - stub)))
    .map((port) => ({ ...port, cost: port.cost + (hasNeighbour(port, grid) ? costs.neighbour : 0) }));
}

function hasNeighbour(port: Port, grid: Grid): boolean {
  const across = ((port.direction + 1) % 4) as Direction;
  return [1, -1].some((count) => grid.isTaken(ahead(port, across, count)));
}
