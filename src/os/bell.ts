/** Wakes one who waits, also one who waits only afterwards. */
export type Bell = ReturnType<typeof createBell>;

/** Remembers that it was rung until somebody hears it; once it failed, whoever waits is told why. */
export function createBell() {
  let hasRung = false;
  let failure: Error | null = null;
  let wake: (() => void) | null = null;
  const nudge = () => {
    hasRung = true;
    wake?.();
  };
  const fail = (error: Error) => {
    failure = error;
    nudge();
  };
  const changed = async () => {
    if (!hasRung) await new Promise<void>((resolve) => (wake = resolve));
    wake = null;
    hasRung = false;
    if (failure !== null) throw failure;
  };
  return { changed, nudge, fail };
}
