import type { Diagram } from "./diagram.ts";
import type { PlacedBox } from "./box.ts";
import { placeBoxes } from "./place.ts";
import { routeEdges } from "./arrows.ts";
import type { PlacedEdge } from "./board.ts";

/** A diagram with a place for everything; outer boxes come before those in them. */
export interface Placed {
  width: number;
  height: number;
  boxes: PlacedBox[];
  edges: PlacedEdge[];
}

/** Finds a place for everything in a diagram. The same diagram always gets the same places. */
export function layout(diagram: Diagram): Placed {
  const boxes = placeBoxes(diagram);
  const [root] = boxes;
  if (root === undefined) throw new Error("there is nothing to draw");
  return {
    width: 2 * root.x + root.width,
    height: 2 * root.y + root.height,
    boxes,
    edges: routeEdges(diagram.edges, boxes),
  };
}
