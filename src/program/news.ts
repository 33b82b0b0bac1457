/** What has been told since the node was last online: the same again is no news. */
export interface News {
  /** Whether this differs from what was told last about the same thing; from now on it has been told. */
  isNew: (about: string, text: string) => boolean;
  /** Whether this is what was told last about anything. */
  isTold: (text: string) => boolean;
  /** Everything is news again. */
  forget: () => void;
}

/** Things that are remembered: more than a node has effects and NICs, so that NICs with ever new names fill no memory. */
const maxTold = 256;

/** Nothing has been told yet. */
export function createNews(): News {
  const told = new Map<string, string>();
  return {
    isNew: (about, text) => {
      if (told.get(about) === text) return false;
      told.delete(about); // So that the order is that of telling.
      told.set(about, text);
      const [oldest] = told.keys();
      if (told.size > maxTold && oldest !== undefined) told.delete(oldest);
      return true;
    },
    isTold: (text) => [...told.values()].includes(text),
    forget: () => {
      told.clear();
    },
  };
}
