import { type FSWatcher, statSync, watch } from "node:fs";
import type { Socket } from "node:net";
import { basename, dirname } from "node:path";
import { createBell } from "../os/bell.ts";
import { names } from "../policy/names.ts";
import { findBoot } from "./control.ts";
import { readStatus, type Status } from "./status-file.ts";

/** What can be seen of the node's boot from another process. */
export interface BootSighting {
  isRunning: boolean;
  /** Of the boot that runs, or that ran last. */
  status: Status | null;
}

/**
 * What can be seen of the node's boot: at once, and again whenever it differs, until the signal aborts. Woken by inotify(7)
 * and by the end of the boot's process; nothing is polled, and the boot may start only later.
 */
export async function* watchBoot(signal: AbortSignal): AsyncGenerator<BootSighting, void, void> {
  const bell = createBell();
  const files = watchFiles(bell.nudge);
  const line = watchProcess(bell.nudge);
  signal.addEventListener("abort", bell.nudge);
  let before = "";
  try {
    while (!signal.aborted) {
      files.renew();
      const sighting = { isRunning: await line.isOpen(), status: await readStatus() };
      const text = JSON.stringify(sighting);
      if (text !== before) yield sighting;
      before = text;
      await bell.changed();
    }
  } finally {
    signal.removeEventListener("abort", bell.nudge);
    files.close();
    line.close();
  }
}

/** Watches the directory in which boots leave what they tell, whether it is there, goes, or comes back. */
function watchFiles(onChange: () => void) {
  const telling = ["status.json", "control.sock", basename(names.runDir)];
  const look = (_: string, file: string | null) => {
    if (file === null || telling.includes(file)) onChange();
  };
  const above = watch(dirname(names.runDir), look);
  let inside: { inode: bigint; watcher: FSWatcher } | null = null;
  return {
    renew: () => {
      const inode = statSync(names.runDir, { bigint: true, throwIfNoEntry: false })?.ino;
      if (inode === inside?.inode) return;
      inside?.watcher.close();
      inside = inode === undefined ? null : { inode, watcher: watch(names.runDir, look) };
    },
    close: () => {
      above.close();
      inside?.watcher.close();
    },
  };
}

/** Holds a connection to the boot, which the kernel ends with its process. */
function watchProcess(onEnd: () => void) {
  let held: Socket | null = null;
  return {
    isOpen: async () => {
      if (held !== null) return true;
      const socket = await findBoot();
      held = socket;
      socket?.resume().once("close", () => {
        held = null;
        onEnd();
      });
      return socket !== null;
    },
    close: () => held?.destroy(),
  };
}
