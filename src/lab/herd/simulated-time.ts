import { setImmediate } from "node:timers/promises";

/** What is due at each millisecond. */
type Due = Map<number, Set<() => void>>;

/** A clock for machines that goes from one thing that is due to the next, without waiting. */
export class SimulatedTime {
  nowMs = 0;
  readonly #due: Due = new Map();
  readonly #places = new Map<number, [Set<() => void>, () => void]>();
  #next = 0;

  readonly setTimeout = (call: () => void, ms: number): number => {
    const atMs = this.nowMs + Math.max(1, Math.ceil(ms));
    const calls = this.#due.get(atMs) ?? new Set();
    this.#next += 1;
    const once = () => {
      call();
    };
    this.#due.set(atMs, calls.add(once));
    this.#places.set(this.#next, [calls, once]);
    return this.#next;
  };

  readonly clearTimeout = (id: unknown): void => {
    const [calls, call] = this.#places.get(id as number) ?? [];
    if (call !== undefined) calls?.delete(call);
    this.#places.delete(id as number);
  };

  /** Does what is due until then, one millisecond after the other; what promises bring is done before the next one. */
  async pass(untilMs: number): Promise<void> {
    await setImmediate();
    while (this.nowMs < untilMs) {
      this.nowMs += 1;
      const calls = this.#due.get(this.nowMs);
      if (calls === undefined) continue;
      for (const call of calls) call();
      this.#due.delete(this.nowMs);
      await setImmediate();
    }
  }
}
