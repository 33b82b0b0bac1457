import { realpathSync } from "node:fs";

/** Path of the program that runs, for those who start it anew. */
export function bundle(): string {
  return realpathSync(process.argv[1] ?? "");
}
