/** More neighbours that are silent at a time are told of as often as the kernel does. */
const mostSilences = 256;

/** Picks what tells of a neighbour that falls silent or answers again: the kernel goes on asking one that is silent, and says so each time. */
export function createSilences(): (told: string) => boolean {
  const silent = new Set<string>();
  return (told) => {
    const neighbour = /\S+ dev \S+/.exec(told)?.[0] ?? "";
    if (told.includes(" REACHABLE")) return silent.delete(neighbour);
    if (!told.includes(" FAILED") || silent.has(neighbour)) return false;
    if (silent.size < mostSilences) silent.add(neighbour);
    return true;
  };
}
