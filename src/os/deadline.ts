/**
 * Acts with a signal that aborts after some time, in milliseconds, or when another one does. Node.js 20 lets the garbage
 * collector take an `AbortSignal.timeout` to which nothing but `AbortSignal.any` refers, which then never aborts.
 */
export async function withDeadline<T>(
  ms: number,
  signal: AbortSignal,
  act: (inTime: AbortSignal) => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const stop = () => over.abort();
  const timer = setTimeout(stop, ms);
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  try {
    return await act(over.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
}
