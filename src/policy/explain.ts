import type { NicVerdict, ProbeFacts } from "../contract.ts";
import { classOfIpv4 } from "./addresses.ts";
import { addressesOf } from "./network.ts";
import { troubleWithPin } from "./pins.ts";
import { candidateOf, type Candidate, type Circumstances, freeChoice, isListed } from "./selection.ts";

interface Outcome {
  /** All candidates, best first; the first is the uplink. */
  ranked: Candidate[];
  exitNic: string | null;
  rules: Circumstances;
  /** All that was probed. */
  all: ProbeFacts[];
}

/** The verdict on a NIC, with a reason that a farmer understands. */
export function verdictOf(facts: ProbeFacts, outcome: Outcome): NicVerdict {
  const { ranked, exitNic, rules } = outcome;
  const { nic } = facts;
  if (isListed(nic, rules.ignoreNics)) return { nic, verdict: "ignored", reason: "ignored by configuration" };
  const pinned = whyPinnedOut(facts, outcome);
  if (pinned !== null) {
    return nic === exitNic
      ? { nic, verdict: "exit", reason: `carries the workloads' traffic; ${pinned}` }
      : { nic, verdict: "lost", reason: pinned };
  }
  const told = (said: string) => said + passedOver(facts);
  const place = ranked.findIndex((candidate) => candidate.nic === nic);
  const self = ranked[place];
  const winner = ranked[0];
  if (self === undefined || winner === undefined) {
    return { nic, verdict: "unusable", reason: told(whyUnusable(facts)) };
  }
  if (place === 0) return { nic, verdict: "chosen", reason: told(whyChosen(facts, ranked)) };
  const lost = told(whyLost(facts, self, winner));
  return nic === exitNic
    ? { nic, verdict: "exit", reason: `carries the workloads' traffic: global IPv6; not the uplink: ${lost}` }
    : { nic, verdict: "lost", reason: lost };
}

/** The DHCP servers that were tried and left, and the addresses. */
function passedOver({ nic, shunned = [], taken = [] }: ProbeFacts): string {
  const servers = shunned.length === 0 ? [] : [`DHCP server ${shunned.join(", ")}, whose lease leads nowhere`];
  const addresses = taken.map(({ address, mac }) => `address ${address} offered on ${nic} is used by ${mac}`);
  return [...servers.map((each) => `; passed over: ${each}`), ...addresses.map((each) => `; ${each}`)].join("");
}

/**
 * That another NIC is pinned as the uplink, when that is why this one was not taken: it could have been, or its probe was
 * not waited for because the pin can come to nothing.
 */
function whyPinnedOut(facts: ProbeFacts, { rules, all }: Outcome): string | null {
  if (rules.uplink === null || rules.uplink === facts.nic) return null;
  const trouble = troubleWithPin(rules.uplink, all, rules);
  const wasCut = trouble !== null && facts.pending.length > 0;
  if (candidateOf(facts, freeChoice) === null && !wasCut) return null;
  return `${rules.uplink} is pinned as the uplink by configuration${trouble === null ? "" : `, but ${trouble}`}`;
}

const words = {
  private: "private gateway",
  shared: "carrier-grade NAT gateway",
  public4: "public gateway",
  public6: "IPv6 router",
} as const;

/** A gateway by which a candidate is judged, and the protocol in which it answers for itself. */
interface Gateway {
  text: string;
  protocol: "ARP" | "ND";
}

/** The gateway that gave a candidate its class: the IPv4 one where both did. */
function gatewayOf(facts: ProbeFacts, { class: best }: Candidate): Gateway {
  const { gateways4, ipv4: addresses } = addressesOf(facts);
  const ipv4 = gateways4.find((gateway) => classOfIpv4(gateway, addresses) === best);
  return ipv4 === undefined
    ? { text: `${words[best]} ${facts.advert?.routers[0] ?? "none"}`, protocol: "ND" }
    : { text: `${words[best]} ${ipv4}`, protocol: "ARP" };
}

function whyChosen(facts: ProbeFacts, ranked: Candidate[]): string {
  const [self] = ranked;
  if (self === undefined) return "";
  const hindrance = hindranceOf(facts);
  const doubt = hindrance ?? (self.hasEgress ? null : "no target answered through it yet");
  return `${gatewayOf(facts, self).text}, ${placeOf(self, ranked)}${doubt === null ? "" : `; ${doubt}`}`;
}

/** Of a NIC with egress only what it is owed to. */
function hindranceOf({ proof4, proof6 }: ProbeFacts): string | null {
  const proofs = [proof4, proof6].filter((proof) => proof !== null);
  const reaching = proofs.filter(({ reached }) => reached !== null);
  const telling = reaching.length > 0 ? reaching : proofs;
  const isDirect = reaching.some(({ hindrance }) => hindrance === null);
  return isDirect ? null : (telling.find(({ hindrance }) => hindrance !== null)?.hindrance?.says ?? null);
}

function placeOf(self: Candidate, ranked: Candidate[]): string {
  const equals = ranked.filter(
    (other) =>
      other.class === self.class && other.hasEgress === self.hasEgress && other.gatewayAnswers === self.gatewayAnswers,
  );
  if (equals.length > 1) return `first of ${equals.length} by name`;
  return ranked.length > 1 ? `best of ${ranked.length}` : "the only candidate";
}

function whyLost(facts: ProbeFacts, self: Candidate, winner: Candidate): string {
  const { text, protocol } = gatewayOf(facts, self);
  const lacksEgress = winner.hasEgress && !self.hasEgress;
  const lacksAnswer = winner.gatewayAnswers && !self.gatewayAnswers;
  if ((lacksEgress || lacksAnswer) && facts.pending.length > 0)
    return `${text} was not proven when ${winner.nic} was chosen`;
  if (lacksAnswer || (lacksEgress && !self.gatewayAnswers)) return `${text} does not answer ${protocol}`;
  const hindrance = hindranceOf(facts);
  if (lacksEgress && hindrance !== null) return `${text} leads nowhere: ${hindrance}`;
  if (lacksEgress) return `${text} leads nowhere: no target answered through it`;
  if (winner.class !== self.class) return `${text}; ${winner.nic} has a ${words[winner.class]}, which goes first`;
  return `${text}, as good as ${winner.nic}, which comes first by name`;
}

function whyUnusable({ carrierAtMs, listeningAtMs, lease, advert, errors, fault, pending }: ProbeFacts): string {
  const trouble = errors.length > 0 ? ` (${errors.join("; ")})` : "";
  if (fault !== null && lease === null && advert === null) return `could not be probed: ${fault}`;
  if (carrierAtMs === null) return `no carrier${trouble}`;
  if (listeningAtMs === null) return `carrier, but could not be probed in time${trouble}`;
  if (lease !== null) return `lease ${lease.address}/${lease.prefixLength} without a default gateway${trouble}`;
  if (advert?.routers.length === 0) {
    const what = advert.addresses.length > 0 ? `addresses ${advert.addresses.join(", ")}` : "router advertisement";
    return `${what} without a default router${trouble}`;
  }
  if (advert !== null) return `router ${advert.routers.join(", ")}, but no address${trouble}`;
  const waited = pending.length > 0 ? " in time" : "";
  return `carrier, but no DHCP offer and no router advertisement${waited}${trouble}`;
}
