import type { Choice, NicVerdict, ProbeFacts, Proof } from "../../../contract.ts";
import { contextAt, type History, type Life, lifeAt, type Moment, moveAt } from "./history.ts";

/** What a NIC was doing, or what had come of it: decides colour and words. */
export type NicPhase =
  | "no-carrier"
  | "isolating"
  | "asking"
  | "trying"
  | "retrying"
  | "proven"
  | "half-proven"
  | "no-gateway"
  | "silent"
  | "unheard"
  | "in-use";

/** A stretch of time in one phase. */
export interface NicBar {
  phase: NicPhase;
  /** Both at once while the NIC has no traffic yet. */
  family: "both" | "v4" | "v6";
  fromMs: number;
  toMs: number;
}

/** A NIC's row in the timeline. */
export interface NicRow {
  nic: string;
  /** The path of its probe; empty when nobody probed it. */
  actor: string;
  bars: NicBar[];
  verdict: NicVerdict | null;
  /** A few words on where it stands. */
  words: string;
}

/** What phases are called, in the order in which a NIC may come to them. */
export const phaseWords: Record<NicPhase, string> = {
  "no-carrier": "waits for carrier",
  isolating: "is isolated",
  asking: "asks the network",
  trying: "tries the gateway",
  retrying: "waits to try again",
  proven: "reaches the Internet",
  "half-proven": "gateway answers, nothing beyond",
  "no-gateway": "lease without gateway",
  silent: "gateway is silent",
  unheard: "nothing heard",
  "in-use": "carries the node's traffic",
};

/** A row for each NIC that was probed up to a moment, and for each link on which there is a verdict without that. */
export function nicRows(history: History, moment: Moment): NicRow[] {
  const verdicts = verdictsAt(history, moment);
  const rows: NicRow[] = [];
  for (const [actor, all] of history.lives) {
    const lives = all.filter(({ machine, startSeq }) => machine === "probe" && startSeq <= moment.seq);
    const last = lives.at(-1);
    if (last === undefined) continue;
    const nic = actor.slice(actor.lastIndexOf("/") + 1).replace(/^probe\./, "");
    const verdict = verdicts.find((each) => each.nic === nic) ?? null;
    const bars = lives.flatMap((life) => barsOf(life, moment));
    const words = verdict?.reason ?? wordsOf(last, bars, moment);
    rows.push({ nic, actor, bars: [...bars, ...useOf(history, { last, verdict }, moment)], verdict, words });
  }
  const unprobed = verdicts.filter(({ nic }) => rows.every((row) => row.nic !== nic));
  return [
    ...rows,
    ...unprobed.map((verdict) => ({ nic: verdict.nic, actor: "", bars: [], verdict, words: verdict.reason })),
  ];
}

/** The time since its probe gave a chosen NIC back, as long as the boot builds upon it. */
function useOf(
  history: History,
  { last, verdict }: { last: Life; verdict: NicVerdict | null },
  moment: Moment,
): NicBar[] {
  const { endSeq, endedMs } = last;
  const isChosen = verdict?.verdict === "chosen" || verdict?.verdict === "exit";
  if (!isChosen || endSeq === null || endedMs === null || endSeq > moment.seq) return [];
  const boot = lifeAt(history, "boot", moment);
  const left = boot?.moves.find(({ seq, record: { state } }) => seq > endSeq && !isBuildingUpon(state[0] ?? ""));
  const isLeft = left !== undefined && left.seq <= moment.seq;
  return [{ phase: "in-use", family: "both", fromMs: endedMs, toMs: isLeft ? left.record.atMs : moment.atMs }];
}

function isBuildingUpon(state: string): boolean {
  return ["boot.internet", "boot.enroll", "boot.networkd"].some(
    (each) => state === each || state.startsWith(`${each}.`),
  );
}

function wordsOf(life: Life, bars: NicBar[], moment: Moment): string {
  const [v4, v6] = (["v4", "v6"] as const).map((family) => bars.findLast((bar) => bar.family === family));
  if (v4 === undefined || v6 === undefined) {
    const phase = bars.at(-1)?.phase;
    return phase === undefined ? "" : phaseWords[phase];
  }
  if (v4.phase === v6.phase) return phaseWords[v4.phase];
  const lease = factsAt(life, moment)?.lease?.address;
  return `IPv4 ${lease === undefined ? "" : `${lease} `}${phaseWords[v4.phase]}, IPv6 ${phaseWords[v6.phase]}`;
}

/** The verdicts on all NICs by the stage that chooses; what it has found last, also while it is not running any more. */
function verdictsAt({ lives }: History, moment: Moment): NicVerdict[] {
  const internets = [...lives.values()]
    .flat()
    .filter(({ machine, startSeq }) => machine === "internet" && startSeq <= moment.seq)
    .toSorted((a, b) => a.startSeq - b.startSeq);
  const last = internets.at(-1);
  if (last === undefined) return [];
  const context = contextAt(last, moment) as { choice?: Choice | null } | null;
  return context?.choice?.verdicts ?? [];
}

function factsAt(life: Life, moment: Moment): ProbeFacts | null {
  return (contextAt(life, moment) as { facts?: ProbeFacts } | null)?.facts ?? null;
}

interface Known {
  count: number;
  bars: NicBar[];
}

const known = new WeakMap<Life, Known>();

/** A life's bars up to a moment; all that can be known of them is kept until the life goes on. */
function barsOf(life: Life, moment: Moment): NicBar[] {
  const untilMs = life.endSeq !== null && life.endSeq <= moment.seq ? (life.endedMs ?? moment.atMs) : moment.atMs;
  let found = known.get(life);
  if (found?.count !== life.moves.length) {
    found = { count: life.moves.length, bars: allBars(life) };
    known.set(life, found);
  }
  const lastMoveMs = moveAt(life, moment)?.record.atMs ?? -1;
  return found.bars
    .filter(({ fromMs }) => fromMs <= lastMoveMs)
    .map((bar) => ({ ...bar, toMs: Math.min(bar.toMs, untilMs) }));
}

function allBars(life: Life): NicBar[] {
  const bars: NicBar[] = [];
  for (const { seq, record } of life.moves) {
    const facts = factsAt(life, { seq, atMs: record.atMs });
    for (const [family, phase] of phasesOf(record.state, facts)) {
      const last = bars.findLast((bar) => bar.family === family && bar.toMs === Infinity);
      if (last?.phase === phase) continue;
      if (last !== undefined) last.toMs = record.atMs;
      const whole = bars.findLast((bar) => (bar.family === "both") !== (family === "both") && bar.toMs === Infinity);
      if (whole !== undefined) whole.toMs = record.atMs;
      bars.push({ phase, family, fromMs: record.atMs, toMs: Infinity });
    }
  }
  return bars;
}

function phasesOf(states: string[], facts: ProbeFacts | null): [NicBar["family"], NicPhase][] {
  const [state = ""] = states;
  if (state === "probe.known" && facts?.carrierAtMs === null) return [["both", "no-carrier"]];
  if (state === "probe.known")
    return [
      ["v4", outcome4(facts)],
      ["v6", outcome6(facts)],
    ];
  if (!state.startsWith("probe.listen")) return [["both", early(state)]];
  return states.map((each) => {
    const family = each.startsWith("probe.listen.v4") ? "v4" : "v6";
    const step = each.split(".")[3] ?? "";
    if (step === "known") return [family, family === "v4" ? outcome4(facts) : outcome6(facts)];
    return [family, step === "retry" ? "retrying" : step === "prove" ? "trying" : "asking"];
  });
}

function early(state: string): NicPhase {
  if (state.endsWith(".retry")) return "retrying";
  return state.startsWith("probe.carrier") ? "no-carrier" : "isolating";
}

function outcome4(facts: ProbeFacts | null): NicPhase {
  if (facts?.lease == null) return "unheard";
  return facts.lease.gateways.length === 0 ? "no-gateway" : worth(facts.proof4);
}

function outcome6(facts: ProbeFacts | null): NicPhase {
  if (facts?.advert == null) return "unheard";
  return facts.advert.routers.length === 0 ? "no-gateway" : worth(facts.proof6);
}

function worth(proof: Proof | null): NicPhase {
  if (proof?.reached != null) return "proven";
  return proof?.gatewayAnswers === true ? "half-proven" : "silent";
}
