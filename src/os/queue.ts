import { BootError } from "../errors.ts";

/**
 * Lets only so many actions run at the same time, in the order in which they were asked for: more processes than cores
 * take each other's time, and let chance decide who is done first.
 */
export function createLimit(most: number): <T>(action: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (action) => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await action();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}

/**
 * Makes a reading that many may ask for at the same time: who asks while it is made shares the next one, which begins
 * after they asked.
 */
export function createShared<T>(read: () => Promise<T>): () => Promise<T> {
  let current: Promise<unknown> = Promise.resolve();
  let next: Promise<T> | null = null;
  return () => {
    next ??= current.then(() => {
      next = null;
      const reading = read();
      current = reading.catch(() => undefined);
      return reading;
    });
    return next;
  };
}

const tails = new Map<string, Promise<unknown>>();

/**
 * Runs an action when all earlier ones on the same thing have ended, aborted ones included: two commands never change one
 * NIC, namespace or bridge at the same time. Actions on different things run side by side.
 *
 * @throws BootError `aborted` when the signal aborts before the action's turn
 */
export async function exclusively<T>(thing: string, signal: AbortSignal, action: () => Promise<T>): Promise<T> {
  const before = tails.get(thing) ?? Promise.resolve();
  const turn = before.then(() => {
    if (signal.aborted) throw new BootError("aborted", `nothing was done to ${thing}`);
    return action();
  });
  const tail = turn.catch(() => undefined);
  tails.set(thing, tail);
  void tail.then(() => {
    if (tails.get(thing) === tail) tails.delete(thing);
  });
  return turn;
}
