import { noAddresses } from "../src/policy/addresses.ts";
import { hasIpv6 } from "../src/policy/losses.ts";
import { names } from "../src/policy/names.ts";
import { timing } from "../src/policy/timing.ts";
import type { NetworkdContext, Tried } from "./networkd-context.ts";

const handedOver = [
  "identity",
  "uplink",
  "exit",
  "plan",
  "hasSpareUplink",
  "goals",
  "lan",
  "facts",
  "reach",
  "silent",
  "providers",
  "gateways4",
  "hadZosIpv6",
  "deafness",
  "failure",
] as const satisfies readonly (keyof NetworkdContext)[];

/** What a node that is online begins with. */
export type OnlineInput = Pick<NetworkdContext, (typeof handedOver)[number]>;

/** All that a node that is online knows. */
export interface OnlineContext extends OnlineInput, Pick<NetworkdContext, "losses" | "borne" | "attempts"> {
  /** Trials of connections by the clock since the whole node was last read so. */
  checks: number;
  end: OnlineOutput["outcome"];
}

/** How the node ceased to be online, and what was found out meanwhile. */
export interface OnlineOutput {
  /** `unreached`: connections from ndmz fail; `exitBack`: the exit that was chosen works again. */
  outcome: "lost" | "unreached" | "exitBack" | "failed";
  found: Tried & Pick<OnlineContext, "facts" | "losses" | "deafness">;
}

/** What of the daemon stage's knowledge the node needs while it is online. */
export function onlineInputOf(context: NetworkdContext): OnlineInput {
  return Object.fromEntries(handedOver.map((key) => [key, context[key]])) as unknown as OnlineInput;
}

/**
 * How long a loss may mend itself, in milliseconds: the carrier of a NIC without which nothing is left rather long, since
 * nothing is gained by tearing down; what only a step brings back not at all.
 */
export function lossGraceMs({ losses, uplink, hasSpareUplink, exit, facts }: OnlineContext): number {
  const loss = losses[0]?.loss;
  if (loss === "ndmz") return timing.mendGrace.ms;
  const hasOther =
    loss === "uplink"
      ? hasSpareUplink || exit.exitNic !== null
      : uplink.families.includes("v6") || hasIpv6(facts?.zos ?? noAddresses);
  return facts?.hasFlap === true && !hasOther ? timing.flapGrace.ms : timing.lossGrace.ms;
}

/**
 * Whose lease leads nowhere, and behind which NIC: that of zos, or of npub4 alone. Where both are in one network the server of zos
 * goes on being heard then.
 */
export function misledBy({ uplink, exit, reach }: Pick<OnlineContext, "uplink" | "exit" | "reach">) {
  if (reach?.node.v4.state !== "works") return { nic: uplink.nic, lessorOf: names.uplinkClient };
  const isWithZos = exit.npub4Parent === names.bridge;
  return {
    nic: isWithZos ? uplink.nic : (exit.exitNic ?? uplink.nic),
    lessorOf: names.ndmzClient,
    unlessOf: isWithZos ? names.uplinkClient : null,
  };
}
