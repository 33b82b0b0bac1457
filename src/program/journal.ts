import { fstatSync } from "node:fs";
import type { Level } from "./log.ts";

/**
 * Whether an open file leads to systemd's journal: JOURNAL_STREAM names the device and inode of what the service manager
 * gave as stdout and stderr (systemd.exec(5)); the variable alone proves nothing, for children with other output inherit it.
 */
export function leadsToJournal(fd: number, environment: Readonly<Record<string, string | undefined>>): boolean {
  const named = environment["JOURNAL_STREAM"];
  if (named === undefined || named === "") return false;
  try {
    const { dev, ino } = fstatSync(fd, { bigint: true });
    return named === `${dev}:${ino}`;
  } catch {
    return false; // Closed.
  }
}

/** Priorities as sd-daemon(3) has them. */
const priorities: Record<Level, number> = { error: 3, warn: 4, info: 6, debug: 7 };

/** Lines as the journal takes them: each bears its priority. */
export function withPriority(level: Level, text: string): string {
  return text
    .split("\n")
    .map((line) => `<${priorities[level]}>${line}`)
    .join("\n");
}
