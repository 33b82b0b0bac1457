import { existsSync, type FSWatcher, readFileSync, watch } from "node:fs";
import { messageOf } from "../../errors.ts";
import { names } from "../../policy/names.ts";
import type { Status } from "../../program/status-file.ts";
import type { LabNode } from "../farm/node.ts";

/** What the program on the node last wrote of itself, or null before it wrote anything. */
export function readStatus({ root }: LabNode): Status | null {
  try {
    return JSON.parse(readFileSync(`${root}${names.runDir}/status.json`, "utf8")) as Status;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

/**
 * Waits until the program's status on the node is as meant; rejects with the signal's reason when that comes first.
 * Woken by inotify(7), which follows a process's root into its mount namespace; nothing is polled.
 */
export async function awaitStatus(
  node: LabNode,
  isMeant: (status: Status) => boolean,
  signal: AbortSignal,
): Promise<Status> {
  const watchers = new Map<string, FSWatcher>();
  const dirs = ["/run", names.runDir].map((dir) => node.root + dir);
  try {
    return await new Promise((resolve, reject) => {
      const look = () => {
        try {
          for (const dir of dirs) {
            if (!watchers.has(dir) && existsSync(dir)) watchers.set(dir, watch(dir, look));
          }
          const status = readStatus(node);
          if (status !== null && isMeant(status)) resolve(status);
        } catch (error) {
          reject(error instanceof Error ? error : new Error(messageOf(error)));
        }
      };
      signal.addEventListener("abort", () => reject(signal.reason as Error));
      signal.throwIfAborted();
      look();
    });
  } finally {
    for (const watcher of watchers.values()) watcher.close();
  }
}
