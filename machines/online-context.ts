import { noAddresses } from "../src/policy/addresses.ts";
import { hasIpv6 } from "../src/policy/losses.ts";
import type { NetworkdContext } from "./networkd-context.ts";

/** What a node that is online begins with. */
export type OnlineInput = Pick<
  NetworkdContext,
  | "identity"
  | "uplink"
  | "exit"
  | "plan"
  | "hasSpareUplink"
  | "targets"
  | "facts"
  | "reach"
  | "silent"
  | "deafness"
  | "failure"
>;

/** All that a node that is online knows. */
export interface OnlineContext extends OnlineInput, Pick<NetworkdContext, "losses" | "attempts"> {
  end: OnlineOutput["outcome"];
}

/** How the node ceased to be online, and what was found out meanwhile. */
export interface OnlineOutput {
  /** `unreached`: connections from ndmz fail; `exitBack`: the exit that was chosen works again. */
  outcome: "lost" | "unreached" | "exitBack" | "failed";
  found: Pick<OnlineContext, "facts" | "losses" | "reach" | "silent" | "deafness" | "failure">;
}

/** What of the daemon stage's knowledge the node needs while it is online. */
export function onlineInputOf(context: NetworkdContext): OnlineInput {
  const { identity, uplink, exit, plan, hasSpareUplink, targets, facts, reach, silent, deafness, failure } = context;
  return { identity, uplink, exit, plan, hasSpareUplink, targets, facts, reach, silent, deafness, failure };
}

/** Whether the NIC that is lost is the only way, so that a flap of it is better borne than mended. */
export function isFlapBorne({ losses, hasSpareUplink, exit, facts }: OnlineContext): boolean {
  const [first] = losses;
  if (first?.loss === "uplink") return !hasSpareUplink && exit.exitNic === null;
  return first?.loss === "exit" && !hasIpv6(facts?.zos ?? noAddresses);
}
