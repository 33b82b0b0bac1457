import type { Effects } from "../src/ports.ts";
import { firstReachable } from "../src/os/connect.ts";

/** Tries to open a TCP connection to any target from the node itself, in both families. */
export const reachTargets: Effects["reachTargets"] = async ({ targets }, { signal }) => ({
  reached: await firstReachable({ namespace: null, signal }, targets, ["v4", "v6"]),
});
