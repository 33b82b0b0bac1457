import { Session } from "node:inspector";
import { parentPort, workerData } from "node:worker_threads";
import { seededRandom } from "../../src/lab/seeded-random.ts";
import { mutated } from "./mutations.ts";
import type { FuzzTarget } from "./target.ts";

/** What the fuzzer is told. */
export interface FuzzOrder {
  /** The bundle of the target. */
  bundle: string;
  seconds: number;
  seed: number;
  corpus: Uint8Array[];
  /** Where the input that runs is shown to whoever must end this: its length first. */
  current: SharedArrayBuffer;
}

/** What came of it. */
export interface FuzzOutcome {
  executions: number;
  /** The smallest inputs beside the seeds that reach all that was reached. */
  corpus: Uint8Array[];
  /** Blocks of code that were reached. */
  blocks: number;
  crashes: { input: Uint8Array; error: string }[];
}

/**
 * Reading the coverage costs as much as some hundred inputs: it is read once for many, which take some times as long, and for halves
 * where there is something new.
 */
const batchPerReading = 4;
const leastBatchMs = 20;
const mostBytes = 4_096;
const slowMs = 1_000;
const mostCrashes = 5;

/**
 * Fuzzes a parser, guided by what V8 tells of the blocks that an input reaches (Profiler domain of the DevTools protocol): one that
 * reaches more is kept, and others are made of it.
 */
export function fuzz({ run, seeds, words }: FuzzTarget, order: FuzzOrder): FuzzOutcome {
  const random = seededRandom(order.seed);
  const take = blockReader(order.bundle);
  const known = new Set<string>();
  const kept: Buffer[] = [];
  const crashes = new Map<string, { input: Uint8Array; error: string }>();
  let executions = 0;
  const execute = (input: Buffer) => {
    executions++;
    show(order.current, input);
    const error = failureOf(run, input);
    if (error !== null && crashes.size < mostCrashes && !crashes.has(error)) crashes.set(error, { input, error });
  };
  let readingMs = 0;
  const news = () => {
    const before = performance.now();
    const found = take().filter((block) => !known.has(block));
    readingMs = performance.now() - before;
    return found;
  };
  const search = (inputs: readonly Buffer[], found: readonly string[]) => {
    const [first] = inputs;
    if (found.length === 0 || first === undefined) return;
    if (inputs.length === 1) {
      kept.push(first);
      for (const block of found) known.add(block);
      return;
    }
    for (const half of [inputs.slice(0, inputs.length / 2), inputs.slice(inputs.length / 2)]) {
      for (const input of half) execute(input);
      search(half, news());
    }
  };
  for (const input of [...seeds, ...order.corpus].map((each) => Buffer.from(each))) {
    execute(input);
    search([input], news());
  }
  const deadline = performance.now() + order.seconds * 1_000;
  while (performance.now() < deadline && crashes.size < mostCrashes) {
    const batch: Buffer[] = [];
    const until = performance.now() + Math.max(leastBatchMs, batchPerReading * readingMs);
    while (performance.now() < until) {
      const input = mutated(kept, words, random).subarray(0, mostBytes);
      execute(input);
      batch.push(input);
    }
    search(batch, news());
  }
  const given = new Set(seeds.map((seed) => Buffer.from(seed).toString("latin1")));
  const corpus = fewest(kept, execute, take).filter((input) => !given.has(input.toString("latin1")));
  return { executions, corpus, blocks: known.size, crashes: [...crashes.values()] };
}

function failureOf(run: FuzzTarget["run"], input: Buffer): string | null {
  const before = performance.now();
  try {
    run(input);
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message).split("\n").slice(0, 3).join("\n") : String(error);
  }
  if (performance.now() - before > slowMs) return `it took more than ${slowMs} ms`;
  return Object.keys(Object.prototype).length === 0 ? null : "it changed the prototype of all objects";
}

function show(current: SharedArrayBuffer, input: Buffer): void {
  new DataView(current).setUint32(0, input.length);
  new Uint8Array(current, 4).set(input);
}

/** Gives the blocks of the bundle that ran since it was last asked. */
function blockReader(bundle: string): () => string[] {
  const session = new Session();
  session.connect();
  session.post("Profiler.enable");
  session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  return () => {
    const blocks: string[] = [];
    session.post("Profiler.takePreciseCoverage", (_, { result }) => {
      const meant = result.filter(({ url }) => url.endsWith(bundle));
      for (const { ranges } of meant.flatMap(({ functions }) => functions))
        for (const { count, startOffset, endOffset } of ranges)
          if (count > 0) blocks.push(`${startOffset}-${endOffset}`);
    });
    return blocks;
  };
}

/** Of inputs, the small ones first, those that reach what none before reached. */
function fewest(inputs: readonly Buffer[], execute: (input: Buffer) => void, take: () => string[]): Buffer[] {
  const reached = new Set<string>();
  return inputs
    .toSorted((a, b) => a.length - b.length)
    .filter((input) => {
      take();
      execute(input);
      const found = take().filter((block) => !reached.has(block));
      for (const block of found) reached.add(block);
      return found.length > 0;
    });
}

/** Fuzzes as the one who started this worker says; what libraries warn of is no matter. */
export function work(target: FuzzTarget): void {
  process.emitWarning = () => undefined;
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- This is no window.
  parentPort?.postMessage(fuzz(target, workerData as FuzzOrder));
}
