/**
 * The value in the middle; of an even number of values, the mean of the two there.
 *
 * @throws RangeError without a value
 */
export function medianOf(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("nothing was measured");
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.floor(sorted.length / 2)]];
  return ((low ?? 0) + (high ?? 0)) / 2;
}

/** How long each thing took in the middle of the runs in which it was done, in the order in which things were first done. */
export function mediansByName(runs: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const names = [...new Set(runs.flatMap((run) => Object.keys(run)))];
  const valuesOf = (name: string) => runs.flatMap((run) => run[name] ?? []);
  return Object.fromEntries(names.map((name) => [name, medianOf(valuesOf(name))]));
}
