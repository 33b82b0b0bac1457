import { seededRandom } from "../seeded-random.ts";

/** Packets of one kind that follow each other. */
export interface Block {
  kind: string;
  /** The number of the first one, by which it can be sent again alone. */
  from: number;
  count: number;
}

/** What arrives between two looks at the node. */
export type Round = readonly Block[];

/** The rounds of a run: a node boots in each of the first, and is booted in all others. */
export interface Plan {
  booting: Round[];
  booted: Round[];
}

/** So many of a kind follow each other: each kind has its turn in 300 packets. */
const blockSize = 11;
const bootingRound = 10 * blockSize;
const bootedRound = 21 * blockSize;

/**
 * Which packets come when: kinds take turns in an order that the seed gives, and a quarter of all meets a node that boots. The kind
 * of a packet depends on the seed and its number alone.
 */
export function planOf(kinds: readonly string[], count: number, seed: number): Plan {
  const order = shuffled(kinds, seed);
  const blocks = Array.from({ length: Math.ceil(count / blockSize) }, (_, at) => ({
    kind: order[at % order.length] ?? "",
    from: at * blockSize,
    count: Math.min(blockSize, count - at * blockSize),
  }));
  const first = Math.ceil(blocks.length / 4);
  return {
    booting: roundsOf(blocks.slice(0, first), bootingRound),
    booted: roundsOf(blocks.slice(first), bootedRound),
  };
}

/** One packet alone, to a node that boots and to a booted one. */
export function planOfOne(kinds: readonly string[], number: number, seed: number): Plan {
  const order = shuffled(kinds, seed);
  const block = { kind: order[Math.floor(number / blockSize) % order.length] ?? "", from: number, count: 1 };
  return { booting: [[block]], booted: [[block]] };
}

function roundsOf(blocks: readonly Block[], size: number): Round[] {
  const each = size / blockSize;
  return Array.from({ length: Math.ceil(blocks.length / each) }, (_, at) => blocks.slice(at * each, (at + 1) * each));
}

/** Fisher and Yates. */
function shuffled(kinds: readonly string[], seed: number): string[] {
  const random = seededRandom(seed);
  const order = [...kinds];
  for (let at = order.length - 1; at > 0; at -= 1) {
    const other = Math.floor(random() * (at + 1));
    [order[at], order[other]] = [order[other] ?? "", order[at] ?? ""];
  }
  return order;
}
