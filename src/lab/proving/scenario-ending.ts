import type { Family } from "../../contract.ts";
import type { Status } from "../../program/status-file.ts";
import type { Ending, FlowName, Kept } from "../scenarios/scenario.ts";
import { isAtRest, unexplained } from "./expectation.ts";
import type { FlowLoss } from "./flow-loss.ts";

/** What of a scenario's end is compared with what was promised. */
export interface Ended {
  /** Null when the program never said any. */
  status: Status | null;
  /** In which families those reach the Internet of whom something is promised. */
  reached: { node?: readonly Family[]; resource?: readonly Family[] };
  /** Null where some family that should does not work. */
  recoveredMs: number | null;
  /** Families that should work and do not. */
  brokenFamilies: readonly Family[];
  flows: readonly FlowLoss[];
  /** What `zos-boot status` says, in words and as JSON. */
  said: string;
  /** Things that should be the same and are not, with what they were and are. */
  changed: readonly { what: Kept; was: string; is: string }[];
  /** Steps that the boot came to since the beginning. */
  visited: readonly string[];
  /** Commands that the program ran from the beginning to the end. */
  commands: number;
  /** What did not look as it should. */
  sights: readonly { says: string; saw: string }[];
  strays: readonly string[];
}

/** What a status comes to: `degraded` where the program itself does not claim that all is well. */
export function outcomeOf(status: Status | null): string | null {
  if (status === null) return null;
  if (status.state !== "online") return status.state;
  return /degraded|outage|lost/i.test(status.detail) ? "degraded" : "online";
}

/** The uplink that a status names, or null. */
export function uplinkOf(status: Status | null): string | null {
  return status?.uplink?.nic ?? null;
}

/** The NIC through which workloads leave. */
export function exitOf(status: Status | null): string | null {
  return status?.exit?.exitNic ?? uplinkOf(status);
}

/** Whether the program says what it should. */
export function isOutcome(status: Status | null, { outcome, uplink, exit }: Ending): boolean {
  const found = outcomeOf(status);
  if (outcome === "any") return true;
  if (outcome === "degraded") return found !== null && found !== "online";
  if (outcome === "restart") return status !== null && isAtRest(status, outcome);
  if (outcome === "waitIpv6") return status !== null && isAtRest(status, outcome) && isMeant(uplinkOf(status), uplink);
  return found === "online" && isMeant(uplinkOf(status), uplink) && isMeant(exitOf(status), exit);
}

function isMeant(nic: string | null, meant: string | RegExp | null): boolean {
  return meant instanceof RegExp ? nic !== null && meant.test(nic) : nic === meant;
}

/** What did not come as promised, one line each, apart from what took too long. */
export function problemsOfEnding(ending: Ending, ended: Ended): string[] {
  return [
    ...problemsOfStatus(ending, ended),
    ...problemsOfReasons(ending, ended),
    ...problemsOfReach(ending, ended),
    ...ended.brokenFamilies.map((family) => `IP${family} of new connections and datagrams does not work at the end`),
    ...promised(ending, ended.flows)
      .filter(({ promise, flow }) => promise.isKept && !flow.isKept)
      .map(({ name }) => `the flow ${name} was not kept`),
    ...ended.changed.map(({ what, was, is }) => `${what} is not the same any more: ${was} → ${is}`),
    ...ended.visited
      .filter((step) => (ending.visitsNot as readonly string[]).includes(step))
      .map((step) => `the boot went back to ${step}`),
    ...(ending.mostCommands !== null && ended.commands > ending.mostCommands
      ? [`${ended.commands} commands were run, at most ${ending.mostCommands} expected`]
      : []),
    ...ended.sights.map(({ says, saw }) => `not so: ${says}; seen: ${saw}`),
    ...ended.strays.map((source) => `a packet left the node with the source ${source}`),
  ];
}

function problemsOfReasons({ reasons }: Ending, { status }: Ended): string[] {
  return Object.entries(reasons).flatMap(([nic, meant]) => unexplained(nic, meant, status?.nics ?? []));
}

function problemsOfReach({ reaches }: Ending, { reached }: Ended): string[] {
  return (["node", "resource"] as const).flatMap((who) => {
    const [meant, is] = [reaches[who], reached[who] ?? []].map((families) => familiesIn(families));
    return meant === undefined || meant === is ? [] : [`the ${who} reaches the Internet in ${is}, and not in ${meant}`];
  });
}

function familiesIn(families: readonly Family[] | undefined): string | undefined {
  if (families === undefined) return undefined;
  return families.length === 0
    ? "no family"
    : families
        .map((family) => `IP${family}`)
        .toSorted()
        .join(" and ");
}

function problemsOfStatus(ending: Ending, { status, said }: Ended): string[] {
  const silent = ending.says
    .filter((pattern) => !pattern.test(said))
    .map((pattern) => `the status does not say ${pattern}`);
  if (isOutcome(status, ending)) return silent;
  if (status === null) return ["the program has said nothing of itself"];
  const is = `the status is ${status.detail} on ${uplinkOf(status) ?? "none"}, workloads through ${exitOf(status) ?? "none"}`;
  const { outcome, uplink, exit } = ending;
  const meant = outcome === "online" ? `online on ${String(uplink ?? "none")} and ${String(exit ?? "none")}` : outcome;
  return [`${is}, and not ${meant}${status.failure === null ? "" : `: ${status.failure}`}`, ...silent];
}

/** What took longer than promised, one line each. */
export function latenessOf(ending: Ending, { recoveredMs, flows }: Pick<Ended, "recoveredMs" | "flows">): string[] {
  const { mostRecoveredMs } = ending;
  const slow = mostRecoveredMs !== null && recoveredMs !== null && recoveredMs > mostRecoveredMs;
  return [
    ...(slow ? [`traffic was back after ${recoveredMs} ms, at most ${mostRecoveredMs} expected`] : []),
    ...promised(ending, flows)
      .filter(({ promise, flow }) => flow.lostMs > promise.mostLostMs)
      .map(
        ({ name, promise, flow }) =>
          `${name} had no answer for ${flow.lostMs} ms, at most ${promise.mostLostMs} expected`,
      ),
  ];
}

function promised({ flows: promises }: Ending, flows: readonly FlowLoss[]) {
  return flows.flatMap((flow) => {
    const name: FlowName = `${flow.family}/${flow.kind}`;
    const promise = promises[name];
    return promise === undefined ? [] : [{ name, promise, flow }];
  });
}
