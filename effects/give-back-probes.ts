import type { Effects } from "../src/ports.ts";
import { readNamespaces } from "../src/os/ip.ts";
import { probedNic } from "../src/policy/names.ts";
import { endTrial } from "./ask-vantage.ts";
import { releaseNic } from "./release-nic.ts";

/**
 * Gives back every NIC that a probe, of this run or of an interrupted one, still has, and ends a trial from outside. Tells the
 * names of the NICs.
 */
export const giveBackProbes: Effects["giveBackProbes"] = async (_, { signal }) => {
  const nics = (await readNamespaces()).map(probedNic).filter((nic) => nic !== null);
  await endTrial(signal);
  await Promise.all(nics.map((nic) => releaseNic({ nic, becomes: "ready" }, { signal })));
  return nics;
};
