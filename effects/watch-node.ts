import type { Supervisor, Watches } from "../src/ports.ts";
import { commandIn } from "../src/os/ip.ts";
import { follow, type KernelObject, monitorKernel } from "../src/os/monitor.ts";
import { names } from "../src/policy/names.ts";
import { inspectNode } from "./inspect-node.ts";

/**
 * Emits what of the node is in its place: at once, and again whenever the kernel or the supervisor reports a change that makes
 * a difference.
 *
 * @throws BootError when it cannot be read or the kernel is no longer heard
 */
export const watchNode =
  (supervisor: Supervisor): Watches["watchNode"] =>
  async (input, control) => {
    const objects: KernelObject[] = ["link", "address", "route", "failed", "parameter"];
    const monitor = await monitorKernel(
      [
        { namespace: null, objects },
        { namespace: names.ndmz, objects },
      ],
      { commands: [commandIn(names.ndmz, "nft", "monitor")] },
    );
    const unwatch = supervisor.watch([names.uplinkClient, names.ndmzClient], monitor.nudge);
    try {
      await follow(monitor, () => inspectNode(supervisor)(input, control), control);
    } finally {
      unwatch();
    }
  };
