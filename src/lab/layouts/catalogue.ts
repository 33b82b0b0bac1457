import { BootError } from "../../errors.ts";
import type { Layout } from "./layout.ts";
import { lateLayouts } from "./late.ts";
import { manyLayouts } from "./many.ts";
import { oddLayouts } from "./odd.ts";
import { homeDualLayout, plainLayouts } from "./plain.ts";

/** All layouts; the first is the default. Addresses are from documentation and private space (RFC 5737, 3849, 1918). */
export const layouts: readonly [Layout, ...Layout[]] = [
  homeDualLayout,
  ...plainLayouts,
  ...manyLayouts,
  ...lateLayouts,
  ...oddLayouts,
];

/**
 * The layout with this name.
 *
 * @throws BootError `bad-input` that names those there are
 */
export function layoutNamed(name: string): Layout {
  const found = layouts.find((layout) => layout.name === name);
  if (found === undefined) {
    const known = layouts.map((layout) => layout.name).join(", ");
    throw new BootError("bad-input", `there is no layout ${JSON.stringify(name)}; there are ${known}`);
  }
  return found;
}
