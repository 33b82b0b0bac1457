import type { Layout } from "../layouts/layout.ts";
import { routersOf, settledOffer } from "../layouts/topology.ts";

/** What is shown by traffic: the node and a network resource out, strangers not in. */
export const proofNames = ["host4", "host6", "nr4", "nr6", "inbound4Blocked", "inbound6Blocked"] as const;
/** One of `proofNames`. */
export type ProofName = (typeof proofNames)[number];

/** Something shown by real traffic. */
export interface Proof {
  /** Null when it does not apply to the layout. */
  isProven: boolean | null;
  /** What was shown, or what happened instead. */
  says: string;
}

/** Everything that a run shows. */
export type Proofs = Record<ProofName, Proof>;

/** The network resource of the lab: a namespace of a user's network on the node. */
export const resource = "nr1";

/** The proof that a layout does not ask for. */
export const inapplicable: Proof = { isProven: null, says: "does not apply" };

/** For a node that did not come to the expected outcome: nothing that the layout asks for has been shown. */
export function notTried(layout: Layout): Proofs {
  const { outcome } = layout.expected;
  const offers = routersOf(layout).map(settledOffer);
  const has4 = offers.some(({ ipv4 }) => ipv4 !== null);
  const has6 = offers.some(({ ipv6 }) => ipv6 !== null);
  const unshown = (name: ProofName): Proof => {
    const isAsked = outcome === "online" || (outcome === "waitIpv6" && name.startsWith("host"));
    const applies = (name.includes("4") ? has4 : has6) && isAsked;
    return applies ? { isProven: false, says: `${name} was not tried` } : inapplicable;
  };
  return Object.fromEntries(proofNames.map((name) => [name, unshown(name)])) as Proofs;
}
