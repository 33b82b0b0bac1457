import type { DoneActorEvent, ErrorActorEvent, EventObject, SnapshotFrom } from "xstate";
import type {
  Adopted,
  AddressFacts,
  Choice,
  Identity,
  Nic,
  OtherLink,
  ProbeFacts,
  Settings,
  Uplink,
} from "../src/contract.ts";
import { arrivals, newcomersAmong, type Sighting } from "../src/policy/arrivals.ts";
import { choose, whyNoUplink, withExit } from "../src/policy/choice.ts";
import { names } from "../src/policy/names.ts";
import { type Circumstances, hasProvenCandidate, isListed, prospectOf, unprobed } from "../src/policy/selection.ts";
import type { FactsOf } from "./actors.ts";
import { nicsIn, outputIn } from "./events.ts";
import type { probeMachine } from "./probe.ts";

/** What the one-time stage begins with. */
export interface InternetInput {
  settings: Settings;
  identity: Identity;
  /** An uplink that is in its place already; null to probe all NICs. */
  adopted: Adopted | null;
  /** Probe, choose, give everything back and stop there. */
  isReportOnly: boolean;
}

/** All that the one-time stage knows. */
export interface InternetContext extends InternetInput {
  nics: Nic[];
  /** Links that are no NICs, and why. */
  otherLinks: OtherLink[];
  probes: ProbeFacts[];
  /** NICs that probes still hold. */
  held: string[];
  /** NICs that are being given back. */
  unreleased: string[];
  choice: Choice | null;
  zos: AddressFacts | null;
  /** DNS servers that routers advertised on zos (RFC 8106). */
  advertisedDns: string[];
  reached: string | null;
  attempts: number;
  /** The NICs when they were last looked at; null when nobody has looked. */
  sighted: Sighting[] | null;
  /** Another NIC leads out, for which the round is given up. */
  isWoken: boolean;
  failure: string | null;
}

/** What the one-time stage came to. */
export type InternetOutput = Pick<
  InternetContext,
  "choice" | "probes" | "zos" | "reached" | "failure" | "advertisedDns"
> & {
  outcome: "reached" | "reported" | "woken" | "failed";
};

/** A probe has learnt something. */
type ProbeReported = { type: `xstate.snapshot.probe.${string}`; snapshot: SnapshotFrom<typeof probeMachine> };

/** Events of the children that the stage spawns: a probe for each NIC, and what gives it back. */
export type ChildEvent =
  | ProbeReported
  | (DoneActorEvent<ProbeFacts, `probe.${string}`> & { type: `xstate.done.actor.probe.${string}` })
  | (ErrorActorEvent<unknown, `probe.${string}`> & { type: `xstate.error.actor.probe.${string}` })
  | (DoneActorEvent<{ nic: string }, `release.${string}`> & { type: `xstate.done.actor.release.${string}` })
  | (ErrorActorEvent<unknown, `release.${string}`> & { type: `xstate.error.actor.release.${string}` });

/** The NICs of the node, and what is known of them before they are probed. */
export function listedBy(
  event: EventObject,
  { settings: { ignoreNics } }: Pick<InternetContext, "settings">,
): Pick<InternetContext, "nics" | "otherLinks" | "probes"> {
  const { nics, otherLinks } = outputIn(event) as FactsOf<"listNics">;
  return {
    nics: nics.filter(({ name }) => !isListed(name, ignoreNics)),
    otherLinks,
    probes: nics.map((nic) => prospectOf(nic, ignoreNics)),
  };
}

/** The NICs with those that were not there before. */
export function withNewcomers(event: EventObject, { nics, probes, settings }: InternetContext) {
  const newcomers = newcomersAmong(nicsIn(event), probes, settings.ignoreNics);
  return { nics: [...nics, ...newcomers], probes: [...probes, ...newcomers.map(unprobed)] };
}

/** The NICs that may be probed and are not: all but the uplink, once it is chosen. */
export function unheld({ nics, held, choice }: Pick<InternetContext, "nics" | "held" | "choice">): Nic[] {
  return nics.filter(({ name }) => name !== choice?.uplink?.nic && !held.includes(name));
}

/** Whether a NIC appeared, or got its carrier, since the NICs were last looked at. */
export function isArrival(event: EventObject, { sighted, probes, settings: { ignoreNics } }: InternetContext): boolean {
  const seen = nicsIn(event);
  return arrivals(sighted, seen, ignoreNics).length > 0 || newcomersAmong(seen, probes, ignoreNics).length > 0;
}

/** Whether another NIC than the uplink leads to the Internet. */
export function isOtherProven({ probes, choice, settings }: InternetContext): boolean {
  return hasProvenCandidate(
    probes.filter(({ nic }) => nic !== choice?.uplink?.nic),
    settings,
  );
}

/** The choice that the probes lead to, and why there is none. */
export function chosenBy(context: InternetContext): Pick<InternetContext, "choice" | "failure"> {
  const { probes, isReportOnly } = context;
  const rules = rulesOf(context);
  const found = choose(probes, rules);
  const choice = isReportOnly ? withExit(found, probes, rules) : found;
  return { choice, failure: choice.uplink === null ? whyNoUplink(choice, probes, rules) : null };
}

/** What it comes to with what is known. */
export function outcomeOf({ reached, isReportOnly, isWoken, choice }: InternetContext): InternetOutput["outcome"] {
  if (isWoken) return "woken";
  if (reached !== null) return "reached";
  return isReportOnly && choice !== null ? "reported" : "failed";
}

/** What routers told on zos; when nothing was heard there, what they told the uplink's probe. */
export function advertisedDnsOf(context: InternetContext): string[] {
  if (context.advertisedDns.length > 0) return context.advertisedDns;
  const { nic } = uplinkOf(context);
  const heard = context.probes.find((probe) => probe.nic === nic)?.advert?.dnsServers ?? [];
  return heard.map((address) => address.replace(/%.*$/, `%${names.bridge}`));
}

/** What the choice goes by and is explained with. */
export function rulesOf({ settings, otherLinks }: InternetContext): Circumstances {
  return { ...settings, otherLinks };
}

/**
 * The choice, in states that come after it.
 *
 * @throws Error before
 */
export function chosen({ choice }: InternetContext): Choice {
  if (choice === null) throw new Error("nothing is chosen yet");
  return choice;
}

/**
 * The uplink, in states that come after its choice.
 *
 * @throws Error when there is none
 */
export function uplinkOf(context: InternetContext): Uplink {
  const { uplink } = chosen(context);
  if (uplink === null) throw new Error("there is no uplink");
  return uplink;
}

/** Whether a NIC is no longer in its probe's hands. */
export function isReleased({ held, unreleased }: InternetContext, nic: string): boolean {
  return !held.includes(nic) && !unreleased.includes(nic);
}

/** Whether no NIC is in its probe's hands any more. */
export function isAllReleased({ held, unreleased }: InternetContext): boolean {
  return held.length === 0 && unreleased.length === 0;
}

/** What a probe knows, while it goes on or when it is done. */
export function factsIn(event: EventObject): ProbeFacts {
  return event.type.startsWith("xstate.snapshot.")
    ? (event as ProbeReported).snapshot.context.facts
    : (outputIn(event) as ProbeFacts);
}

/** Which child is done or failed. */
export function actorIn(event: EventObject): string {
  return (event as DoneActorEvent | ErrorActorEvent).actorId;
}
