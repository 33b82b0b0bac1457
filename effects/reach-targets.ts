import type { Effects } from "../src/ports.ts";
import { firstReachable } from "../src/os/connect.ts";

/** Tries to reach any target from the node itself, in both families. */
export const reachTargets: Effects["reachTargets"] = ({ goals }, { signal }) =>
  firstReachable({ namespace: null, signal }, { goals, families: ["v4", "v6"] });
