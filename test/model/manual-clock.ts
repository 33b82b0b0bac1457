import type { ActorOptions, AnyActorLogic } from "xstate";

type Clock = NonNullable<ActorOptions<AnyActorLogic>["clock"]>;

interface Timer {
  id: number;
  atMs: number;
  fire: () => void;
}

/** Time that passes only when a test says so. */
export class ManualClock implements Clock {
  nowMs = 0;
  #timers: Timer[] = [];
  #lastId = 0;

  setTimeout(fire: () => void, afterMs: number): number {
    this.#lastId += 1;
    this.#timers.push({ id: this.#lastId, atMs: this.nowMs + afterMs, fire });
    return this.#lastId;
  }

  clearTimeout(id: number): void {
    this.#timers = this.#timers.filter((timer) => timer.id !== id);
  }

  /** When the next timer is due, or null when none is set. */
  get nextAtMs(): number | null {
    return this.#timers.length === 0 ? null : Math.min(...this.#timers.map((timer) => timer.atMs));
  }

  /** Lets time pass until the given moment; the caller sees to it that no timer is due before. */
  passTo(atMs: number): void {
    this.nowMs = Math.max(this.nowMs, atMs);
    for (const timer of this.#timers.filter(({ atMs: due }) => due <= this.nowMs)) this.#fire(timer);
  }

  /** Fires the one timer that was set to this delay, whatever else is due before: no order of delays is taken for granted. */
  fireDelay(delayMs: number): void {
    const timer = this.#timers.find(({ atMs }) => atMs === this.nowMs + delayMs);
    if (timer === undefined) throw new Error(`no timer runs for ${delayMs} ms`);
    this.#fire(timer);
  }

  #fire(timer: Timer): void {
    this.clearTimeout(timer.id);
    timer.fire();
  }
}

/** Lets everything run that waits for nothing but its turn. */
export function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
