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
