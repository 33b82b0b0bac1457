import { BootError } from "../errors.ts";

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
