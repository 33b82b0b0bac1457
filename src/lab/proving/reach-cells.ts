import type { Family } from "../../contract.ts";
import {
  type Cell,
  cellOf,
  type Destination,
  destinations,
  type Kind,
  kinds,
  kindsThrough,
  type Source,
} from "../../policy/reach-matrix.ts";
import type { LanAccess } from "../../policy/lan-access.ts";
import type { Knocked } from "../farm/knock-agent.ts";
import { keyOf, portBetween, type Reachable, type Stand } from "./stands.ts";

/** What came of a try: an answer, an arrival at least, or nothing at either end. */
export type Seen = "answered" | "arrived" | "nothing";

/** What was seen of one cell of the matrix, from somebody of its row. */
export interface TriedCell {
  phase: string;
  row: Source;
  from: string;
  to: Destination;
  family: Family;
  expected: "allowed" | "named" | "dropped";
  /** By what the matrix lets it. */
  through: Kind[];
  seen: Record<Kind, Seen>;
  isAsPromised: boolean;
}

/** Everything that a phase showed. */
export interface Shown {
  phase: string;
  lan: Pick<LanAccess, "lanAccess">;
  stands: readonly Stand[];
  /** Whom each of them tried. */
  tried: ReadonlyMap<Stand, readonly Reachable[]>;
  /** What answered them; null while something is mended, when what is allowed may be lost. */
  answers: ReadonlyMap<Stand, readonly Knocked[]> | null;
  /** What those who were tried have noted. */
  delivered: ReadonlySet<string>;
  /** What ndmz has seen come, before its rules. */
  coming: ReadonlySet<string>;
}

const families = ["v4", "v6"] as const;

/** The cells that a phase showed, those that answers show among them. */
export function cellsOf(shown: Shown): TriedCell[] {
  const cells = [...shown.tried.keys()].flatMap((stand) =>
    destinations.flatMap((to) => families.flatMap((family) => cellFor(shown, stand, { to, family }))),
  );
  return [...cells, ...cells.flatMap((cell) => answeredBy(shown, cell))];
}

function cellFor(shown: Shown, stand: Stand, { to, family }: Pick<TriedCell, "to" | "family">): TriedCell[] {
  const targets = (shown.tried.get(stand) ?? []).filter((each) => each.to === to && each.family === family);
  const cell = stand.source && cellOf(shown.lan, stand.source, to);
  if (stand.source === null || cell === null || targets.length === 0) return [];
  const port = portBetween(shown.stands, stand, to);
  const through = kindsThrough(cell, family);
  const answers = (shown.answers?.get(stand) ?? []).filter(
    (each) => each.port === port && targets.some(({ address }) => address === each.address),
  );
  const seenBy = (kind: Kind): Seen => {
    const isAnswered = through.includes(kind)
      ? answers.every((each) => each[kind])
      : answers.some((each) => each[kind]);
    if (isAnswered && answers.length > 0) return "answered";
    return shown.delivered.has(keyOf(family, kind, port)) ? "arrived" : "nothing";
  };
  const seen = Object.fromEntries(kinds.map((kind) => [kind, seenBy(kind)])) as TriedCell["seen"];
  const isGood = (kind: Kind) =>
    through.includes(kind)
      ? shown.answers === null || seen[kind] === "answered"
      : seen[kind] === "nothing" && (!isByNdmz(stand.source, to) || shown.coming.has(keyOf(family, kind, port)));
  const { phase } = shown;
  const said = { phase, row: stand.source, from: stand.name, to, family, expected: wordFor(cell, family) };
  return [{ ...said, through, seen, isAsPromised: kinds.every(isGood) }];
}

function wordFor({ verdict, named }: Cell, family: Family): TriedCell["expected"] {
  if (verdict === "accept") return "allowed";
  return named.some(({ families: of }) => of.includes(family)) ? "named" : "dropped";
}

/** Whether what is dropped must have come to ndmz: else nothing is shown of its rules. */
function isByNdmz(from: Source | null, to: Destination): boolean {
  if (from === "resource") return to !== "resource";
  return from !== "node" && (to === "resource" || to === "ndmz");
}

/** What a resource asks the Internet shows what comes back from there. */
function answeredBy({ answers }: Shown, { row, to, ...tried }: TriedCell): TriedCell[] {
  if (row !== "resource" || to !== "internet" || answers === null) return [];
  const isAsPromised = kinds.every((kind) => tried.seen[kind] === "answered");
  return [{ ...tried, row: "internet", from: "internet", to: "resource", expected: "named", isAsPromised }];
}
