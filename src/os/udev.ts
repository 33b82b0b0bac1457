import { exists } from "./files.ts";
import { run } from "./run.ts";

const settleSeconds = 10;

/**
 * Waits until udev has done with the devices that there are, its drivers loaded and its NICs named (udevadm(8), `settle`);
 * at most 10 s, and not at all on a node without udev. That it takes longer, or cannot be asked, is no reason not to go on.
 */
export async function settleUdev(signal: AbortSignal): Promise<void> {
  if (!(await exists("/run/udev/control"))) return;
  const settle = ["udevadm", "settle", `--timeout=${settleSeconds}`];
  await run(settle, { signal, timeoutMs: (settleSeconds + 5) * 1_000 }).catch(() => undefined);
}
