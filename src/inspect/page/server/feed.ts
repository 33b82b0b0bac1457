import type { History } from "../../recording/backlog.ts";

/** A history as text for Server-Sent Events (HTML, section 9.2). */
export interface Feed {
  /** The number of the line with which one goes on who was told this one last (`Last-Event-ID`); the first for all others. */
  positionAfter: (lastId: string | undefined) => number;
  /** What comes next from a position, about so many characters, and the position after it; null when there is no more. */
  chunk: (position: number, aboutChars: number) => { text: string; position: number } | null;
}

/** @param epoch tells this history's numbers from those of an earlier one at the same address */
export function createFeed(history: History, epoch: string): Feed {
  return {
    positionAfter: (lastId) => {
      const [of, number] = lastId?.split("-") ?? [];
      const last = Number(number);
      return of === epoch && Number.isInteger(last) && last >= 0 && last < history.next ? last + 1 : 0;
    },
    chunk: (position, aboutChars) => {
      if (position >= history.next) return null;
      const from = Math.max(position, history.first);
      const before = position < history.first ? history.prologue().map((line) => `data: ${line}\n\n`) : [];
      const lines = history.read(from, aboutChars);
      const numbered = lines.map((line, index) => `id: ${epoch}-${from + index}\ndata: ${line}\n\n`);
      return { text: [...before, ...numbered].join(""), position: from + lines.length };
    },
  };
}
