/** What has been told since the node was last online: the same again is no news. */
export interface News {
  /** Whether this differs from what was told last about the same thing; from now on it has been told. */
  isNew: (about: string, text: string) => boolean;
  /** Whether this is what was told last about anything. */
  isTold: (text: string) => boolean;
  /** Everything is news again. */
  forget: () => void;
}

/** Nothing has been told yet. */
export function createNews(): News {
  const told = new Map<string, string>();
  return {
    isNew: (about, text) => {
      if (told.get(about) === text) return false;
      told.set(about, text);
      return true;
    },
    isTold: (text) => [...told.values()].includes(text),
    forget: () => {
      told.clear();
    },
  };
}
